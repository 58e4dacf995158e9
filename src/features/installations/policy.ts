import type { Actor } from '../../auth/actor.ts'
import { reachOf, withinReach } from '../../auth/authorize.ts'
import { Prisma } from '../../generated/prisma/client.ts'

/** Installations that the actor may see: those at the sites of his organizations. */
export function visibleInstallations(actor: Actor): Prisma.InstallationWhereInput {
  return withinReach(reachOf(actor, 'installations:read'))
}

/** What is current at its site: neither uninstalled nor replaced, nor an upgrade that is not (or never was) in force. */
export const CURRENT: Prisma.InstallationWhereInput = {
  supersededById: null,
  status: { not: 'UNINSTALLED' },
  inForce: true,
}

/**
 * What runs at a time: active, enabled globally and by its organization, its package still trusted, and licensed where
 * its plugin says so. `disabledReasons` is its twin for one row.
 */
export function running(now: Date): Prisma.InstallationWhereInput {
  return {
    status: 'ACTIVE',
    supersededById: null,
    organizationEnabled: true,
    plugin: { enabled: true },
    package: { status: 'APPROVED' },
    OR: [
      { plugin: { licenseRequired: false } },
      { license: { ...begun(now), ...notEnded(now) }, AND: [SERVES_SITE] },
      { perpetual: true, license: begun(now), AND: [SERVES_SITE] },
    ],
  }
}

/** A licence for development serves only sites that are labelled so. Asked for a label first, it is false, and not NULL, without it. */
const SERVES_SITE: Prisma.InstallationWhereInput = {
  OR: [
    { license: { type: { not: 'DEVELOPER' } } },
    {
      site: {
        AND: [
          { labels: { path: ['env'], not: Prisma.DbNull } },
          { labels: { path: ['env'], equals: 'development' } },
        ],
      },
    },
  ],
}

function begun(now: Date): Prisma.LicenseWhereInput {
  return { status: { in: ['ACTIVE', 'EXPIRED'] }, startsAt: { lte: now } }
}

function notEnded(now: Date): Prisma.LicenseWhereInput {
  return { OR: [{ endsAt: null }, { endsAt: { gt: now } }] }
}
