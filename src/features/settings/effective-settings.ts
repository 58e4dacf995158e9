import { applySchema } from '../../archive/json-schema.ts'
import type { Manifest } from '../../archive/manifest.ts'
import { UserError, UserErrors } from '../../lib/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'

/**
 * What the plugin sees: the manifest's defaults, then the levels from general to particular. Objects are merged key by
 * key, everything else is replaced, and null resets a key to what stands below.
 */
export function effectiveSettings(manifest: Manifest, levels: readonly JsonValue[]): JsonObject {
  const merged = levels.filter(isJsonObject).reduce<JsonObject>(merge, {})
  if (manifest.settings === null) return {}
  const { value } = applySchema(manifest.settings, merged)
  return isJsonObject(value) ? value : {}
}

/** Refuses a site's configuration that breaks the schema once it is laid over the general levels: SETTINGS_INVALID. */
export function checkConfiguration(
  manifest: Manifest,
  general: readonly JsonValue[],
  configuration: JsonValue,
): JsonObject {
  if (!isJsonObject(configuration)) {
    throw new UserError('SETTINGS_INVALID', 'The configuration is an object.', ['configuration'])
  }
  if (manifest.settings === null) {
    if (Object.keys(configuration).length === 0) return configuration
    throw new UserError('SETTINGS_INVALID', `${manifest.id} has no settings: only {} is valid.`, [
      'configuration',
    ])
  }
  const merged = [...general, configuration].filter(isJsonObject).reduce<JsonObject>(merge, {})
  const { mistakes } = applySchema(manifest.settings, merged)
  if (mistakes.length === 0) return configuration
  throw new UserErrors(
    mistakes.map(({ path, message }) => {
      const name = ['configuration', ...path]
      return new UserError('SETTINGS_INVALID', `${name.join('.')} ${message}.`, name)
    }),
  )
}

function merge(below: JsonObject, above: JsonObject): JsonObject {
  const merged: JsonObject = { ...below }
  for (const [key, value] of Object.entries(above)) {
    const under = merged[key]
    if (value === null) delete merged[key]
    else merged[key] = isJsonObject(value) ? merge(isJsonObject(under) ? under : {}, value) : value
  }
  return merged
}
