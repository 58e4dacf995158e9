import type { Prisma } from '../../generated/prisma/client.ts'
import type { InstallationStatus } from '../../generated/prisma/enums.ts'
import { RequestError, UserError } from '../../lib/errors.ts'
import type { Tx } from '../../platform/database.ts'
import type { Operation } from './claim.ts'
import { CURRENT } from './policy.ts'

/**
 * What may follow what; nothing else. What is ACTIVE is deactivated before it is uninstalled. (An upgrade's row is put
 * in force in one step, from INSTALLING to what the row was that it replaces.)
 */
export const MAY_FOLLOW: Readonly<Record<InstallationStatus, readonly InstallationStatus[]>> = {
  INSTALLING: ['INSTALLED', 'FAILED'],
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

/**
 * Moves by compare-and-set; CONFLICT where another was faster, or where it was replaced meanwhile, or the emergency
 * switch broke off the operation that the caller has claimed it for.
 */
export async function moveInstallation(
  tx: Tx,
  id: string,
  from: InstallationStatus,
  operation: Operation,
  data: Prisma.InstallationUncheckedUpdateManyInput & { status: InstallationStatus },
): Promise<void> {
  const where = { id, status: from, operation, supersededById: null }
  const moved = await tx.installation.updateMany({ where, data })
  if (moved.count === 1) return
  throw new RequestError('CONFLICT', 'Somebody else has just changed this installation: read it again.')
}

/** Refuses with INVALID_STATE what is history: replaced by an upgrade, or an upgrade that never came in force. */
export async function checkInForce(db: Tx, id: string): Promise<void> {
  if ((await db.installation.count({ where: { AND: [{ id, status: 'UNINSTALLED' }] } })) > 0) return
  if ((await db.installation.count({ where: { AND: [{ id }, CURRENT] } })) > 0) return
  throw new UserError('INVALID_STATE', 'This installation is history: another is in force in its place.', [
    'installationId',
  ])
}
