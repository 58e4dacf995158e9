import type { App } from '../../app.ts'
import type { Prisma } from '../../generated/prisma/client.ts'
import { UserError } from '../../lib/errors.ts'
import type { Tx } from '../../platform/database.ts'
import { takeLicense } from './take-license.ts'

/** Installations that one transaction looks at, 6 statements each: it must end in time. The others are for people to activate. */
const MAX_GIVEN = 200

/**
 * Lets what is ACTIVE, needs a licence and has none that is in force go on by those that its site and organization have, as
 * long as there are seats: where a licence is issued, or becomes necessary.
 */
export async function giveLicenses(tx: Tx, app: App, of: Prisma.InstallationWhereInput): Promise<void> {
  const without: Prisma.InstallationWhereInput = {
    status: 'ACTIVE',
    supersededById: null,
    OR: [{ licenseId: null }, { license: { status: { in: ['SUSPENDED', 'REVOKED'] } } }],
    operation: null,
    plugin: { licenseRequired: true },
  }
  const rows = await tx.installation.findMany({
    where: { AND: [of, without] },
    select: { id: true, pluginId: true, packageId: true, siteId: true, organizationId: true },
    orderBy: { id: 'asc' },
    take: MAX_GIVEN,
  })
  for (const { id, siteId, organizationId, ...version } of rows) {
    await giveLicense(tx, app, id, { ...version, site: { id: siteId, organizationId } })
  }
}

/** The best licence that serves; false where none does. */
export async function giveLicense(
  tx: Tx,
  app: App,
  installationId: string,
  use: { pluginId: string; packageId: string; site: { id: string; organizationId: string } },
): Promise<boolean> {
  try {
    const taken = await takeLicense(tx, app, use)
    await tx.installation.update({ where: { id: installationId }, data: { ...taken }, select: { id: true } })
    return true
  } catch (error) {
    // Refusing has written nothing, so that the transaction goes on.
    if (error instanceof UserError) return false
    throw error
  }
}
