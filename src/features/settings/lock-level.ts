import { notFound, UserError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { Tx } from '../../platform/database.ts'
import type { LevelState, SettingsPlace } from './change-level.ts'

/** A level's place, and the row that holds it. */
export interface LevelRow extends SettingsPlace {
  /** Of the installation, where it is a site's. */
  installationId: string | null
}

/** Takes the lock of the row that holds a level, which is made where there is none yet, and reads what it holds. */
export async function lockLevel(tx: Tx, row: LevelRow, at: Date): Promise<LevelState> {
  if (row.scope === 'GLOBAL') return await lockGlobal(tx, row)
  return row.scope === 'ORGANIZATION' ? await lockOrganization(tx, row, at) : await lockSite(tx, row)
}

/** Writes what a level holds from now on. */
export async function writeLevel(
  tx: Tx,
  row: LevelRow,
  { settings, locked }: LevelState,
  at: Date,
): Promise<void> {
  const data = { settings: settings as never, lockedSettings: locked, updatedAt: at }
  const { pluginId, organizationId, installationId } = row
  if (row.scope === 'GLOBAL') await tx.plugin.update({ where: { id: pluginId }, data, select: { id: true } })
  else if (row.scope === 'ORGANIZATION') {
    const where = { organizationId_pluginId: { organizationId: organizationId!, pluginId } }
    await tx.organizationPluginConfig.update({ where, data, select: { id: true } })
  } else {
    await tx.installation.update({
      where: { id: installationId! },
      data: { configuration: settings as never },
      select: { id: true },
    })
  }
}

interface Held {
  settings: JsonObject
  locked: string[]
}

async function lockGlobal(tx: Tx, { pluginId }: LevelRow): Promise<LevelState> {
  const [held] = await tx.$queryRaw<Held[]>`
    select settings, locked_settings as locked from plugin where id = ${pluginId}::uuid for no key update`
  if (held === undefined) throw notFound('plugin')
  return held
}

async function lockOrganization(
  tx: Tx,
  { organizationId, pluginId }: LevelRow,
  at: Date,
): Promise<LevelState> {
  await tx.$executeRaw`
    insert into organization_plugin_config (id, organization_id, plugin_id, updated_at)
    values (${newId()}::uuid, ${organizationId}::uuid, ${pluginId}::uuid, ${at}) on conflict do nothing`
  const [held] = await tx.$queryRaw<Held[]>`
    select settings, locked_settings as locked from organization_plugin_config
    where organization_id = ${organizationId}::uuid and plugin_id = ${pluginId}::uuid for no key update`
  return held!
}

async function lockSite(tx: Tx, { installationId }: LevelRow): Promise<LevelState> {
  const [held] = await tx.$queryRaw<(Held & { replaced: boolean; inForce: boolean; status: string })[]>`
    select configuration as settings, array[]::text[] as locked, superseded_by_id is not null as replaced,
      in_force as "inForce", status::text as status
    from installation where id = ${installationId}::uuid for no key update`
  if (held === undefined) throw notFound('installation')
  if (held.replaced || !held.inForce || held.status === 'UNINSTALLED') {
    const never = held.inForce ? 'is UNINSTALLED' : 'is an upgrade that is not in force'
    const why = held.replaced ? 'was replaced by another installation' : never
    throw new UserError('INVALID_STATE', `This installation ${why}: its settings are history.`, [
      'installationId',
    ])
  }
  return { settings: held.settings, locked: [] }
}
