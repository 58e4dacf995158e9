import type { Client } from 'pg'
import { newId } from '../../src/lib/ids.ts'
import { versionKey } from '../../src/lib/version-key.ts'

const SITES = 5
const INSTALLATIONS = 20
const SAMPLES = 3000

/** Five sites with twenty installations each, of as many plugins, and 300,000 health samples of the last hours. */
export async function seed(sql: Client, organizationId: string): Promise<void> {
  const registry = await sql.query<{ id: string }>(
    "select id from registry where type = 'ENTERPRISE' limit 1",
  )
  const packages: { pluginId: string; packageId: string }[] = []
  for (let index = 0; index < INSTALLATIONS; index += 1) {
    const [pluginId, packageId] = [newId(), newId()]
    await sql.query(
      `insert into plugin (id, slug, name, description, type, author, keywords, created_at, updated_at)
       values ($1, $2, $3, 'A plugin', 'INTEGRATION', 'Ann', '{}', now(), now())`,
      [pluginId, `plugin-${index}`, `Plugin ${index}`],
    )
    await sql.query(
      `insert into package (id, plugin_id, registry_id, version, version_key, status, format, manifest, checksum, size, risk_level,
         validation, submitted_at)
       values ($1::uuid, $2, $3, $4, $5, 'APPROVED', 'ZIP', '{}', encode(sha256($6), 'hex'), 1000, 'LOW', '{}', now())`,
      [
        packageId,
        pluginId,
        registry.rows[0]!.id,
        `1.${index}.0`,
        versionKey(`1.${index}.0`),
        Buffer.from(packageId),
      ],
    )
    packages.push({ pluginId, packageId })
  }
  for (let index = 0; index < SITES; index += 1) {
    const siteId = newId()
    await sql.query(
      `insert into site (id, organization_id, slug, name, host_version, created_at) values ($1, $2, $3, $4, '2.0.0', now())`,
      [siteId, organizationId, `site-${index}`, `Site ${index}`],
    )
    for (const { pluginId, packageId } of packages) {
      await sql.query(
        `insert into installation (id, organization_id, site_id, plugin_id, package_id, status, installed_at, activated_at)
         values ($1, $2, $3, $4, $5, 'ACTIVE', now(), now())`,
        [newId(), organizationId, siteId, pluginId, packageId],
      )
    }
  }
  await sql.query(
    `insert into health_sample (id, installation_id, organization_id, recorded_at, status, error_count, avg_execution_time, invocations)
     select gen_random_uuid(), i.id, i.organization_id, now() - n * interval '10 seconds', 'HEALTHY', n % 3, n % 50, n % 100
     from installation i, generate_series(1, $1) n`,
    [SAMPLES],
  )
  await sql.query('vacuum analyze')
}
