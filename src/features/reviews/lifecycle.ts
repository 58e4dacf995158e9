import type { Prisma } from '../../generated/prisma/client.ts'
import type { PackageStatus } from '../../generated/prisma/enums.ts'
import { RequestError, UserError } from '../../lib/errors.ts'
import type { Tx } from '../../platform/database.ts'

/** What may follow what; nothing else. */
export const MAY_FOLLOW: Readonly<Record<PackageStatus, readonly PackageStatus[]>> = {
  PENDING_REVIEW: ['IN_REVIEW'],
  IN_REVIEW: ['APPROVED', 'REJECTED'],
  APPROVED: ['REVOKED'],
  REJECTED: [],
  REVOKED: [],
}

/** Refuses with INVALID_STATE a move that is none. */
export function checkMove(from: PackageStatus, to: PackageStatus): void {
  if (MAY_FOLLOW[from].includes(to)) return
  const possible = MAY_FOLLOW[from].join(' or ')
  const advice = possible === '' ? 'That is final: submit a new version.' : `It may become ${possible}.`
  throw new UserError('INVALID_STATE', `The package is ${from} and cannot become ${to}. ${advice}`, [
    'packageId',
  ])
}

/**
 * Moves by compare-and-set; CONFLICT where another was faster, also by taking it to another registry: there, others may
 * decide about it.
 */
export async function movePackage(
  tx: Tx,
  { id, status: from, registry }: { id: string; status: PackageStatus; registry: { id: string } },
  data: Prisma.PackageUncheckedUpdateManyInput & { status: PackageStatus },
): Promise<void> {
  const moved = await tx.package.updateMany({ where: { id, status: from, registryId: registry.id }, data })
  if (moved.count === 0) throw overtaken()
}

/** Holds a package until the transaction ends; CONFLICT where another has moved it by then. */
export async function lockPackage(tx: Tx, id: string, status: PackageStatus): Promise<void> {
  const rows = await tx.$queryRaw<{ status: PackageStatus }[]>`
    select status::text as status from package where id = ${id}::uuid for no key update`
  if (rows[0]?.status !== status) throw overtaken()
}

function overtaken(): RequestError {
  return new RequestError('CONFLICT', 'Somebody else has just decided about this package: read it again.')
}
