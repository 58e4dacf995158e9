import type { Manifest } from '../../archive/manifest.ts'
import { didYouMean } from '../../archive/closest.ts'
import { UserError, UserErrors } from '../../lib/errors.ts'
import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import type { Tx } from '../../platform/database.ts'
import type { LevelState } from './change-level.ts'
import { checkLevel } from './effective-settings.ts'
import { countingSettings, globalLevel, keysOf, lockedIn, type SettingsLevel } from './levels.ts'
import type { LevelRow } from './lock-level.ts'
import { organizationLevels } from './organization-levels.ts'
import { settingLocked } from './setting-locked.ts'

/** A level locks whole groups, not every leaf. */
const MAX_LOCKED = 100
/** As large as a manifest may be, which holds the defaults of all of them. */
const MAX_SETTINGS_BYTES = 256 * 1024

type Schema = Pick<Manifest, 'id' | 'settings'>

/**
 * Everything that is wrong with what a level would hold: against the plugin's schema, as it will be laid over the levels
 * above; against what those have locked, as far as the change itself `touched` it; and paths to lock that there are not.
 */
export async function checkState(
  tx: Tx,
  row: LevelRow,
  state: LevelState,
  touched: (locked: readonly string[]) => readonly string[],
): Promise<UserError[]> {
  if (Buffer.byteLength(JSON.stringify(state.settings)) > MAX_SETTINGS_BYTES) {
    return [new UserError('SETTINGS_INVALID', 'The settings of a level have at most 256 KiB.', ['settings'])]
  }
  const schema = await schemaFor(tx, row)
  const above = await levelsAbove(tx, row)
  const lockedAbove = above.flatMap(({ locked }) => locked)
  const set = lockedIn(state.settings, touched(lockedAbove))
  const counting = countingSettings([...above, { scope: row.scope, settings: state.settings, locked: [] }])
  return [
    ...set.map((path) => settingLocked('settings', path, above)),
    ...mistakesOf(() => {
      checkLevel(schema, counting.slice(0, -1), counting.at(-1)!, {
        field: 'settings',
        partial: row.scope !== 'SITE',
      })
    }),
    ...lockMistakes(schema, state.locked),
  ]
}

async function schemaFor(tx: Tx, { scope, pluginId, slug, installationId }: LevelRow): Promise<Schema> {
  if (scope === 'SITE') {
    const { package: installed } = await tx.installation.findUniqueOrThrow({
      where: { id: installationId! },
      select: { package: { select: { manifest: true } } },
    })
    return installed.manifest as unknown as Manifest
  }
  const { latestPackage } = await tx.plugin.findUniqueOrThrow({
    where: { id: pluginId },
    select: { latestPackage: { select: { manifest: true } } },
  })
  return (latestPackage?.manifest as unknown as Manifest | undefined) ?? { id: slug, settings: null }
}

async function levelsAbove(tx: Tx, { scope, pluginId, organizationId }: LevelRow): Promise<SettingsLevel[]> {
  if (scope === 'GLOBAL') return []
  const plugin = await tx.plugin.findUniqueOrThrow({
    where: { id: pluginId },
    select: { settings: true, lockedSettings: true },
  })
  const global = globalLevel(plugin)
  if (scope === 'ORGANIZATION') return [global]
  return [global, ...(await organizationLevels(tx, [{ organizationId: organizationId!, pluginId }]))]
}

function mistakesOf(check: () => void): readonly UserError[] {
  try {
    check()
    return []
  } catch (error) {
    if (error instanceof UserErrors) return error.errors
    if (error instanceof UserError) return [error]
    throw error
  }
}

function lockMistakes({ id, settings }: Schema, locked: readonly string[]): UserError[] {
  if (locked.length > MAX_LOCKED) {
    return [new UserError('INVALID_INPUT', `A level locks at most ${MAX_LOCKED} paths.`, ['locked'])]
  }
  return locked.flatMap((path, index) => {
    const known = namesAt(settings, keysOf(path))
    const last = keysOf(path).at(-1)!
    if (known === null || known.includes(last)) return []
    const message = `${id} has no setting ${JSON.stringify(path.slice(0, 200))}.${didYouMean(last, known)}`
    return [new UserError('INVALID_INPUT', message, ['locked', String(index)])]
  })
}

/** The properties beside the last key of a path; null where the schema does not list them, so that any may be one. */
function namesAt(schema: JsonObject | null, keys: readonly string[]): string[] | null {
  const properties = schema?.['properties']
  if (!isJsonObject(properties)) return schema === null ? [] : null
  const [key, ...rest] = keys
  if (key === undefined || rest.length === 0) return Object.keys(properties)
  const under = Object.hasOwn(properties, key) ? properties[key] : undefined
  return isJsonObject(under) ? namesAt(under, rest) : []
}
