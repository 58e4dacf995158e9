import type { App } from '../../app.ts'
import { RequestError } from '../../lib/errors.ts'
import { inTransaction } from '../../platform/database.ts'
import { BROKEN_OFF } from '../invocations/still-active.ts'
import { shareHalt } from './halt-lock.ts'

/** What can be done to an installation that takes longer than one transaction. */
export type Operation = 'install' | 'activate' | 'deactivate' | 'upgrade' | 'rollback' | 'uninstall'

/**
 * Does `work` while nobody else changes the installation: whoever comes meanwhile is told CONFLICT, before any code of the
 * plugin runs. A process that dies gives back what it held (`service_process`). The caller's own move is by
 * compare-and-set all the same.
 */
export async function whileClaimed<T>(
  app: App,
  installationId: string,
  operation: Operation,
  work: () => Promise<T>,
): Promise<T> {
  const { prisma } = app.database
  const claimed = await inTransaction(prisma, async (tx) => {
    const where = { id: installationId }
    const { organizationId } = await tx.installation.findUniqueOrThrow({
      where,
      select: { organizationId: true },
    })
    await shareHalt(tx, organizationId)
    return await tx.installation.updateMany({
      where: { ...where, operation: null, supersededById: null },
      data: { operation, processId: app.processId },
    })
  })
  if (claimed.count === 0) {
    throw new RequestError(
      'CONFLICT',
      'Something else is just being done to this installation: read it again.',
    )
  }
  try {
    return await work()
  } finally {
    await prisma.installation.updateMany({
      where: { id: installationId, operation: { in: [operation, BROKEN_OFF] }, processId: app.processId },
      data: { operation: null },
    })
  }
}

/** The same of several at once. All come in one order, so that of two who want the same ones, one gets them all. */
export async function whileAllClaimed<T>(
  app: App,
  installationIds: readonly string[],
  operation: Operation,
  work: () => Promise<T>,
): Promise<T> {
  const [first, ...others] = installationIds.toSorted()
  if (first === undefined) return await work()
  return await whileClaimed(app, first, operation, () => whileAllClaimed(app, others, operation, work))
}
