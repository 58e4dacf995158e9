import type { SettingsScope } from '../../generated/prisma/enums.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'

/** What one level says of a plugin's settings. */
export interface SettingsLevel {
  scope: SettingsScope
  settings: JsonValue
  /** Paths (`smtp.host`) of what no level below may set, whether this one sets it or not. */
  locked: readonly string[]
}

/** A level that sets nothing. */
export const NOTHING_SET: Pick<SettingsLevel, 'settings' | 'locked'> = { settings: {}, locked: [] }

/** The level of all installations, from the plugin's row. */
export function globalLevel(plugin: { settings: unknown; lockedSettings: readonly string[] }): SettingsLevel {
  return { scope: 'GLOBAL', settings: plugin.settings as JsonValue, locked: plugin.lockedSettings }
}

/** The level of one site, from the installation's row; nothing stands below it that it could lock. */
export function siteLevel(installation: { configuration: unknown }): SettingsLevel {
  return { scope: 'SITE', settings: installation.configuration as JsonValue, locked: [] }
}

/**
 * What counts of each level, given from general to particular: what a level above has locked since is left out, and
 * counts again once it is unlocked.
 */
export function countingSettings(levels: readonly SettingsLevel[]): JsonObject[] {
  return levels.map(({ settings }, index) => {
    const locked = levels.slice(0, index).flatMap((above) => above.locked)
    return locked.reduce((rest, path) => without(rest, keysOf(path)), isJsonObject(settings) ? settings : {})
  })
}

/** The locked paths that settings touch: they set the path, something below it, or something else in its place. */
export function lockedIn(settings: JsonObject, locked: readonly string[]): string[] {
  return locked.filter((path) => touches(settings, keysOf(path)))
}

/** Levels laid over each other, from general to particular: objects key by key, everything else is replaced. */
export function laidOver(levels: readonly JsonObject[]): JsonObject {
  return levels.reduce<JsonObject>(mergePatch, {})
}

/** JSON merge patch (RFC 7396) of an object: null takes a key away. */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged: JsonObject = { ...target }
  for (const [key, value] of Object.entries(patch)) {
    const under = merged[key]
    if (value === null) delete merged[key]
    else merged[key] = isJsonObject(value) ? mergePatch(isJsonObject(under) ? under : {}, value) : value
  }
  return merged
}

/** `smtp.host` as keys. */
export function keysOf(path: string): string[] {
  return path.split('.')
}

function touches(settings: JsonObject, keys: readonly string[]): boolean {
  const [key, ...rest] = keys
  if (key === undefined || !Object.hasOwn(settings, key)) return false
  const value = settings[key]
  return rest.length === 0 || !isJsonObject(value) || touches(value, rest)
}

function without(settings: JsonObject, keys: readonly string[]): JsonObject {
  const [key, ...rest] = keys
  if (key === undefined || !Object.hasOwn(settings, key)) return settings
  const { [key]: value, ...others } = settings
  if (rest.length === 0 || !isJsonObject(value)) return others
  return { ...others, [key]: without(value, rest) }
}
