import type { App } from '../../app.ts'
import type { Manifest } from '../../archive/manifest.ts'
import { UserErrors } from '../../lib/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { checkLevel } from '../settings/effective-settings.ts'
import { countingSettings, globalLevel, laidOver, lockedIn } from '../settings/levels.ts'
import { organizationLevels } from '../settings/organization-levels.ts'
import { settingLocked } from '../settings/setting-locked.ts'

/**
 * A site's settings for a package, as they are to be stored: checked against its schema as they will be laid over the
 * more general levels. SETTINGS_INVALID with the path of each mistake; SETTING_LOCKED where they set what is locked above,
 * but not for those that are `kept` from before: there the lock counts, and what it covers is left to stand.
 */
export async function checkedConfiguration(
  app: App,
  { packageId, organizationId }: { packageId: string; organizationId: string | null },
  configuration: JsonValue,
  { kept = false }: { kept?: boolean } = {},
): Promise<JsonObject> {
  const { prisma } = app.database
  const { manifest, plugin, pluginId } = await prisma.package.findUniqueOrThrow({
    where: { id: packageId },
    select: { pluginId: true, manifest: true, plugin: { select: { settings: true, lockedSettings: true } } },
  })
  const organization =
    organizationId === null ? [] : await organizationLevels(prisma, [{ organizationId, pluginId }])
  const above = [globalLevel(plugin), ...organization]
  const given = isJsonObject(configuration) ? laidOver([configuration]) : configuration
  const locked = isJsonObject(given)
    ? lockedIn(
        given,
        above.flatMap((level) => level.locked),
      )
    : []
  if (locked.length > 0 && !kept) {
    throw new UserErrors(locked.map((path) => settingLocked('configuration', path, above)))
  }
  const counting = countingSettings([...above, { scope: 'SITE', settings: given, locked: [] }])
  checkLevel(
    manifest as unknown as Manifest,
    counting.slice(0, -1),
    isJsonObject(given) ? counting.at(-1)! : given,
    { field: 'configuration', partial: false },
  )
  return given as JsonObject
}
