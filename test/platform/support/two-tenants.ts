import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { inject } from 'vitest'
import { newId } from '../../../src/lib/ids.ts'

/** The ids of two organizations, of which each has a site with a plugin of its own, and a connection as the owner. */
export interface TwoTenants {
  a: string
  b: string
}

/** Writes them as the owner: `site-a` has `plugin-a`, `site-b` has `plugin-b`, and nobody has `plugin-c`. */
export async function writeTwoTenants(owner: Client): Promise<TwoTenants> {
  const registry = newId()
  await owner.query(
    `insert into registry (id, slug, name, type, storage, created_at) values ($1, 'main', 'Main', 'ENTERPRISE', 'main', now())`,
    [registry],
  )
  const ids = { a: newId(), b: newId() }
  for (const [letter, organization] of Object.entries({ ...ids, c: null })) {
    const [plugin, version, site] = [newId(), newId(), newId()]
    await owner.query(
      `insert into plugin (id, slug, name, description, type, author, created_at, updated_at)
       values ($1, $2, $2, 'd', 'WORKFLOW', 'x', now(), now())`,
      [plugin, `plugin-${letter}`],
    )
    await owner.query(
      `insert into package (id, plugin_id, registry_id, version, version_key, status, format, manifest, checksum, size, risk_level, validation, submitted_at)
       values ($1, $2, $3, '1.0.0', '1', 'APPROVED', 'ZIP', '{}', $4, 1, 'LOW', '{}', now())`,
      [version, plugin, registry, randomBytes(32).toString('hex')],
    )
    if (organization === null) continue
    await owner.query('insert into organization (id, slug, name, created_at) values ($1, $2, $2, now())', [
      organization,
      `organization-${letter}`,
    ])
    await owner.query(
      `insert into site (id, organization_id, slug, name, host_version, created_at) values ($1, $2, $3, $3, '1.0.0', now())`,
      [site, organization, `site-${letter}`],
    )
    await owner.query(
      `insert into installation (id, organization_id, site_id, plugin_id, package_id, status, installed_at)
       values ($1, $2, $3, $4, $5, 'INSTALLED', now())`,
      [newId(), organization, site, plugin, version],
    )
  }
  return ids
}

/** An open connection; its errors come with the next query. */
export async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

/** That database by another login. */
export function urlOf(database: string, name: string, password: string): string {
  const url = new URL(database)
  url.username = name
  url.password = password
  return url.href
}

/** Ends with the error's code of SQLSTATE, or with `done`. */
export async function outcome(client: Client, sql: string, values: unknown[] = []): Promise<string> {
  return await client.query(sql, values).then(
    () => 'done',
    (error: { code?: string }) => String(error.code),
  )
}

/** Runs statements on the run's server as its superuser, outside of any test's database. */
export async function onServer(...statements: string[]): Promise<void> {
  const client = await connect(inject('postgresUrl'))
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}
