import type { Actor } from '../../auth/actor.ts'
import { reachOf, withinReach } from '../../auth/authorize.ts'
import type { Prisma } from '../../generated/prisma/client.ts'

/** Installations that the actor may see: those at the sites of his organizations. */
export function visibleInstallations(actor: Actor): Prisma.InstallationWhereInput {
  return withinReach(reachOf(actor, 'installations:read'))
}

/** What is current at its site: neither uninstalled nor replaced, nor an upgrade that is not (or never was) in force. */
export const CURRENT: Prisma.InstallationWhereInput = {
  supersededById: null,
  status: { not: 'UNINSTALLED' },
  NOT: { supersedesId: { not: null }, status: { in: ['INSTALLING', 'FAILED'] } },
}

/** What runs: active, enabled globally, and its package still trusted. */
export const RUNNING: Prisma.InstallationWhereInput = {
  status: 'ACTIVE',
  supersededById: null,
  plugin: { enabled: true },
  package: { status: 'APPROVED' },
}
