import { Prisma } from '../../generated/prisma/client.ts'
import type { Tx } from '../../platform/database.ts'

/**
 * Lets installations run on after the end of their licence that may do so by now: the policy says it since, or a renewal
 * covers their version (`isPerpetual` is the rule). What was promised once is never taken back.
 */
export async function keepPerpetual(tx: Tx, of: { licenseId: string } | { pluginId: string }): Promise<void> {
  const where =
    'licenseId' in of
      ? Prisma.sql`license.id = ${of.licenseId}::uuid`
      : Prisma.sql`license.plugin_id = ${of.pluginId}::uuid`
  await tx.$executeRaw`
    update installation set perpetual = true
    from license, package, plugin
    where license.id = installation.license_id and package.id = installation.package_id
      and plugin.id = installation.plugin_id and plugin.perpetual_fallback and not installation.perpetual
      and installation.superseded_by_id is null and package.submitted_at <= license.expires_at and ${where}`
}
