import type { Tx } from '../../platform/database.ts'
import type { LevelRow } from './lock-level.ts'

/** The row that holds a level of settings: one of the three. */
export interface SettingsHolder {
  pluginId?: string
  configId?: string
  installationId?: string
}

/** Which row holds a level that was changed. */
export async function holderOf(
  tx: Pick<Tx, 'organizationPluginConfig'>,
  row: LevelRow,
): Promise<SettingsHolder> {
  const { scope, pluginId, organizationId, installationId } = row
  if (scope === 'GLOBAL') return { pluginId }
  if (scope === 'SITE') return { installationId: installationId! }
  const where = { organizationId_pluginId: { organizationId: organizationId!, pluginId } }
  const config = await tx.organizationPluginConfig.findUniqueOrThrow({ where, select: { id: true } })
  return { configId: config.id }
}
