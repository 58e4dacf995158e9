import type { Manifest } from '../../archive/manifest.ts'
import type { SettingsScope } from '../../generated/prisma/enums.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { effectiveSettings } from './effective-settings.ts'
import { countingSettings, keysOf, type SettingsLevel } from './levels.ts'

/** From where one of the effective settings comes. */
export interface SettingOrigin {
  /** Path of the setting, e.g. `smtp.host`. */
  key: string
  value: JsonValue
  level: 'DEFAULT' | SettingsScope
  /** The level that locked it for those below; null where each may set it. */
  lockedBy: SettingsScope | null
}

/** Every effective setting with the level that it came from: objects key by key, arrays and scalars as a whole. */
export function settingsOrigin(
  manifest: Pick<Manifest, 'id' | 'settings'>,
  levels: readonly SettingsLevel[],
): SettingOrigin[] {
  const counting = countingSettings(levels)
  const effective = effectiveSettings(manifest, counting)
  return leavesOf(effective).map(({ keys, value }) => {
    const from = counting.findLastIndex((settings) => sets(settings, keys))
    const locker = levels.find(({ locked }) => locked.some((path) => isAbove(keysOf(path), keys)))
    return {
      key: keys.join('.'),
      value,
      level: levels[from]?.scope ?? 'DEFAULT',
      lockedBy: locker?.scope ?? null,
    }
  })
}

interface Leaf {
  keys: string[]
  value: JsonValue
}

function leavesOf(settings: JsonObject, above: readonly string[] = []): Leaf[] {
  return Object.entries(settings).flatMap(([key, value]) => {
    const keys = [...above, key]
    return isJsonObject(value) && Object.keys(value).length > 0 ? leavesOf(value, keys) : [{ keys, value }]
  })
}

function sets(settings: JsonObject, keys: readonly string[]): boolean {
  const [key, ...rest] = keys
  if (key === undefined || !Object.hasOwn(settings, key)) return false
  const value = settings[key]
  return rest.length === 0 || (isJsonObject(value) && sets(value, rest))
}

function isAbove(path: readonly string[], keys: readonly string[]): boolean {
  return path.every((key, index) => keys[index] === key)
}
