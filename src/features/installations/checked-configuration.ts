import type { App } from '../../app.ts'
import type { Manifest } from '../../archive/manifest.ts'
import type { JsonObject, JsonValue } from '../../lib/json.ts'
import { checkConfiguration } from '../settings/effective-settings.ts'

/** The configuration, checked against the schema of the package as it will be laid over the more general settings. */
export async function checkedConfiguration(
  app: App,
  { packageId }: { packageId: string; organizationId: string | null },
  configuration: JsonValue,
): Promise<JsonObject> {
  const { manifest, plugin } = await app.database.prisma.package.findUniqueOrThrow({
    where: { id: packageId },
    select: { manifest: true, plugin: { select: { settings: true } } },
  })
  return checkConfiguration(manifest as unknown as Manifest, [plugin.settings as JsonValue], configuration)
}
