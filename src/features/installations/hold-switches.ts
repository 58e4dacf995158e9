import type { Tx } from '../../platform/database.ts'

/**
 * Whether an organization lets plugins run, by their ids, held until the transaction ends: whoever makes an installation or lets it run
 * does so by the lock that `setPluginEnabled` turns the switch under, so that it cannot miss that. Taken in one order, after sites,
 * packages and plugins, and before installations.
 */
export async function holdSwitches(
  tx: Tx,
  organizationId: string,
  pluginIds: readonly string[],
): Promise<ReadonlyMap<string, boolean>> {
  const ids = [...new Set(pluginIds)].sort()
  const names = ids.map((pluginId) => `switch ${organizationId} ${pluginId}`)
  await tx.$queryRaw`
    select 1 as held from unnest(${names}::text[]) as name, pg_advisory_xact_lock(hashtextextended(name, 0))`
  const configs = await tx.organizationPluginConfig.findMany({
    where: { organizationId, pluginId: { in: ids } },
    select: { pluginId: true, enabled: true },
  })
  return new Map(ids.map((id) => [id, configs.find((it) => it.pluginId === id)?.enabled ?? true]))
}
