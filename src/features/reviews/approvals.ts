import DataLoader from 'dataloader'
import type { App } from '../../app.ts'
import type { RiskLevel } from '../../generated/prisma/enums.ts'
import type { Tx } from '../../platform/database.ts'

/** One reviewer's approval, and what he granted. */
export interface Approval {
  reviewerId: string | null
  granted: string[]
}

/** Different reviewers who must approve a package of that risk; on a developer's own server he is alone. */
export function approvalsNeeded({ config }: App, risk: RiskLevel): number {
  return risk === 'HIGH' && !config.development ? 2 : 1
}

/** The approvals that a package has, oldest first. A package is reviewed once: all that it has are of that review. */
export async function approvalsOf(tx: Tx, packageId: string): Promise<Approval[]> {
  const rows = await tx.review.findMany({
    where: { packageId, decision: 'APPROVED' },
    orderBy: { id: 'asc' },
    select: { reviewerId: true, grantedPermissions: true },
  })
  return rows.map(({ reviewerId, grantedPermissions }) => ({
    reviewerId,
    granted: (grantedPermissions as string[] | null) ?? [],
  }))
}

/** How many different reviewers approved each package, for many in one query. */
export function approvalCounter(app: App): DataLoader<string, number> {
  return new DataLoader(async (packageIds) => {
    const rows = await app.database.prisma.review.groupBy({
      by: ['packageId', 'reviewerId'],
      where: { packageId: { in: [...packageIds] }, decision: 'APPROVED' },
    })
    return packageIds.map((id) => rows.filter(({ packageId }) => packageId === id).length)
  })
}

/** What all of them granted. */
export function grantedByAll(approvals: readonly Approval[]): string[] {
  const [first, ...others] = approvals
  return (first?.granted ?? []).filter((permission) =>
    others.every(({ granted }) => granted.includes(permission)),
  )
}
