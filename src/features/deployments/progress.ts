import type { App } from '../../app.ts'

/** How many targets are in which state. */
export interface Progress {
  total: number
  pending: number
  running: number
  succeeded: number
  failed: number
  skipped: number
}

/** Counted now, by one query. */
export async function loadProgress(app: App, deploymentId: string): Promise<Progress> {
  const rows = await app.database.prisma.deploymentTarget.groupBy({
    by: ['status'],
    where: { deploymentId },
    _count: true,
  })
  const of = (status: (typeof rows)[number]['status']): number =>
    rows.find((row) => row.status === status)?._count ?? 0
  return {
    total: rows.reduce((sum, row) => sum + row._count, 0),
    pending: of('PENDING'),
    running: of('RUNNING'),
    succeeded: of('SUCCEEDED'),
    failed: of('FAILED'),
    skipped: of('SKIPPED'),
  }
}
