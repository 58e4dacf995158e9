import type { App } from '../../app.ts'
import type { PackagedWebhook } from '../../archive/manifest-checks/webhook-files.ts'
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
  const { webhooks } = await tx.package.findUniqueOrThrow({
    where: { id: packageId },
    select: { webhooks: true },
  })
  const at = app.clock.now()
  for (const { source, definition } of webhooks as unknown as PackagedWebhook[]) {
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
