import type { Role } from '../../generated/prisma/enums.ts'
import type { Tx } from '../../platform/database.ts'

/** The roles that a principal holds in one organization, or (null) on the platform; sorted. */
export async function rolesOf(tx: Tx, principalId: string, organizationId: string | null): Promise<Role[]> {
  const rows = await tx.membership.findMany({
    where: { principalId, organizationId },
    select: { role: true },
  })
  return [...new Set(rows.map(({ role }) => role))].sort()
}
