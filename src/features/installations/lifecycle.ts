import type { Prisma } from '../../generated/prisma/client.ts'
import type { InstallationStatus } from '../../generated/prisma/enums.ts'
import { RequestError, UserError } from '../../lib/errors.ts'
import type { Tx } from '../../platform/database.ts'

/** What may follow what; nothing else. */
export const MAY_FOLLOW: Readonly<Record<InstallationStatus, readonly InstallationStatus[]>> = {
  INSTALLING: ['INSTALLED', 'ACTIVE', 'FAILED'],
  INSTALLED: ['ACTIVE', 'FAILED', 'UNINSTALLED'],
  ACTIVE: ['INACTIVE', 'FAILED'],
  INACTIVE: ['ACTIVE', 'FAILED', 'UNINSTALLED'],
  FAILED: ['INSTALLING', 'UNINSTALLED'],
  UNINSTALLED: [],
}

/** Refuses with INVALID_STATE a move that is none. */
export function checkMove(from: InstallationStatus, to: InstallationStatus): void {
  if (MAY_FOLLOW[from].includes(to)) return
  const possible = MAY_FOLLOW[from].join(' or ')
  const advice = possible === '' ? 'That is final: install it anew.' : `It may become ${possible}.`
  throw new UserError('INVALID_STATE', `The installation is ${from} and cannot become ${to}. ${advice}`, [
    'installationId',
  ])
}

/** Moves by compare-and-set; CONFLICT where another was faster, or where it was replaced meanwhile. */
export async function moveInstallation(
  tx: Tx,
  id: string,
  from: InstallationStatus,
  data: Prisma.InstallationUncheckedUpdateManyInput & { status: InstallationStatus },
): Promise<void> {
  const moved = await tx.installation.updateMany({ where: { id, status: from, supersededById: null }, data })
  if (moved.count === 1) return
  throw new RequestError('CONFLICT', 'Somebody else has just changed this installation: read it again.')
}
