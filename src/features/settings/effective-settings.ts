import { applySchema } from '../../archive/json-schema.ts'
import type { Manifest } from '../../archive/manifest.ts'
import { UserError, UserErrors } from '../../lib/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { laidOver } from './levels.ts'

/** What settings are checked against. */
type Schema = Pick<Manifest, 'id' | 'settings'>

/**
 * What the plugin sees: the manifest's defaults, then what counts of the levels (`countingSettings`), from general to
 * particular. Objects are merged key by key, everything else is replaced, and null resets a key to its default.
 */
export function effectiveSettings(manifest: Schema, levels: readonly JsonValue[]): JsonObject {
  if (manifest.settings === null) return {}
  const { value } = applySchema(manifest.settings, laidOver(levels.filter(isJsonObject)))
  return isJsonObject(value) ? value : {}
}

/** What is checked of a level, and how its mistakes are told. */
interface Checked {
  /** Where the settings stand in the caller's input. */
  field: string
  /** A level below may still give what is required. */
  partial: boolean
}

/**
 * Refuses settings of one level that break the schema once they are laid over the more general ones: SETTINGS_INVALID,
 * one for each mistake, with its path.
 */
export function checkLevel(
  manifest: Schema,
  general: readonly JsonValue[],
  settings: JsonValue,
  { field, partial }: Checked,
): JsonObject {
  if (!isJsonObject(settings)) throw invalid([field], `The ${field} must be an object.`)
  if (manifest.settings === null) {
    if (Object.keys(settings).length === 0) return settings
    throw invalid([field], `${manifest.id} has no settings: only {} is valid.`)
  }
  const { mistakes } = applySchema(manifest.settings, laidOver([...general, settings].filter(isJsonObject)))
  const told = mistakes.filter(({ missing }) => !(partial && missing === true))
  if (told.length === 0) return settings
  throw new UserErrors(
    told.map(({ path, message }) => {
      const name = [field, ...path]
      return new UserError('SETTINGS_INVALID', `${name.join('.')} ${message}.`, name)
    }),
  )
}

function invalid(field: string[], message: string): UserError {
  return new UserError('SETTINGS_INVALID', message, field)
}
