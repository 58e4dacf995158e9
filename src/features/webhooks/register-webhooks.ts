import type { App } from '../../app.ts'
import type { Manifest } from '../../archive/manifest.ts'
import { packagedWebhooks, type PackagedWebhook } from '../../archive/manifest-checks/webhook-files.ts'
import { readArchive } from '../../archive/read-archive.ts'
import { newId } from '../../lib/ids.ts'
import type { Tx } from '../../platform/database.ts'

/** An installation that brings webhooks. */
interface Bringing {
  id: string
  organizationId: string
  siteId: string
  pluginId: string
  packageId: string
}

/**
 * Makes the webhooks of a version of a plugin those of its site, with the move that puts it in force: one that an earlier version
 * brought by the same name is kept, with its id, its deliveries and whether somebody has switched it off. They fire only while
 * the installation runs, so that nobody has to take them away when it does not any more.
 */
export async function registerWebhooks(tx: Tx, app: App, installation: Bringing): Promise<void> {
  const { id: installationId, organizationId, siteId, pluginId, packageId } = installation
  const at = app.clock.now()
  for (const { source, definition } of await webhooksOf(tx, app, packageId)) {
    await tx.$executeRaw`
      insert into webhook (id, organization_id, plugin_id, site_id, installation_id, name, source, definition, events,
        created_at, updated_at)
      values (${newId()}::uuid, ${organizationId}::uuid, ${pluginId}::uuid, ${siteId}::uuid, ${installationId}::uuid,
        ${definition.name}, ${source}, ${JSON.stringify(definition)}::jsonb, ${definition.on}, ${at}, ${at})
      on conflict (organization_id, plugin_id, site_id, name) do update
        set installation_id = excluded.installation_id, source = excluded.source, definition = excluded.definition,
          events = excluded.events, updated_at = excluded.updated_at`
  }
}

/** What a package brings. One that was submitted before packages kept it has it in its archive alone, which is then read. */
async function webhooksOf(tx: Tx, app: App, packageId: string): Promise<readonly PackagedWebhook[]> {
  const found = await tx.package.findUniqueOrThrow({
    where: { id: packageId },
    select: { webhooks: true, manifest: true, storage: true, checksum: true },
  })
  const kept = found.webhooks as unknown as PackagedWebhook[]
  const paths = (found.manifest as unknown as Manifest).webhooks
  if (kept.length > 0 || paths.length === 0) return kept
  const { archive } = await readArchive(
    await app.blobs.at(found.storage).get(found.checksum),
    app.config.archiveLimits,
  )
  const webhooks = archive === null ? [] : packagedWebhooks(paths, archive.entries)
  await tx.package.update({
    where: { id: packageId },
    data: { webhooks: JSON.parse(JSON.stringify(webhooks)) as object[] },
    select: { id: true },
  })
  return webhooks
}
