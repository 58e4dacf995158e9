import { change, type App } from '../../app.ts'
import { takeLicense } from './take-license.ts'

/**
 * Before an installation is activated: it has a licence by which it may run, where its plugin needs one. Where its own
 * does not serve any more, the best other one of its site and organization takes that one's place, with its seat.
 *
 * @throws {UserError} LICENSE_REQUIRED, LICENSE_INVALID, LICENSE_EXPIRED, LICENSE_LIMIT
 */
export async function requireLicensed(app: App, installationId: string): Promise<void> {
  const row = await app.database.prisma.installation.findUniqueOrThrow({
    where: { id: installationId },
    select: {
      pluginId: true,
      packageId: true,
      siteId: true,
      organizationId: true,
      plugin: { select: { licenseRequired: true } },
    },
  })
  if (!row.plugin.licenseRequired) return
  const { pluginId, packageId, siteId, organizationId } = row
  await change(app, async (tx) => {
    const taken = await takeLicense(tx, app, { pluginId, packageId, site: { id: siteId, organizationId } })
    await tx.installation.update({ where: { id: installationId }, data: { ...taken }, select: { id: true } })
  })
}
