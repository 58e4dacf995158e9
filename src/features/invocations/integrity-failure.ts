import { change, type App } from '../../app.ts'
import { record } from '../../events/record.ts'
import { BlobError } from '../../platform/blobs/blob-store.ts'
import { IntegrityError } from '../packages/verify-approved.ts'
import type { Target } from './target.ts'

/** What a caller is told, whatever exactly differs: the log and the event say that. */
const TOLD = 'Its package is not what was approved any more, so nothing of it was run. Install it anew.'

/** Whether code was refused because it is not what was approved. */
export function isIntegrityFailure(error: unknown): error is BlobError | IntegrityError {
  return error instanceof IntegrityError || error instanceof BlobError
}

/**
 * Notes that an installation's code was refused at load: it is UNHEALTHY, and an event says why, once for as long as it
 * is. Returns what the caller is told.
 */
export async function noteIntegrityFailure(app: App, target: Target, error: Error): Promise<string> {
  app.log.error(
    { installation: target.id, package: target.packageId, reason: error.message },
    'plugin code was refused: it is not what was approved',
  )
  await change(app, async (tx) => {
    const noted = await tx.installation.updateMany({
      where: { id: target.id, OR: [{ healthMessage: null }, { healthMessage: { not: TOLD } }] },
      data: { healthStatus: 'UNHEALTHY', healthMessage: TOLD },
    })
    if (noted.count === 0) {
      // Told already; but somebody may have measured something else meanwhile.
      await tx.installation.updateMany({
        where: { id: target.id, healthStatus: { not: 'UNHEALTHY' } },
        data: { healthStatus: 'UNHEALTHY' },
      })
      return
    }
    const { slug, version, packageId, organizationId, siteId } = target
    const { status } = await tx.package.findUniqueOrThrow({
      where: { id: packageId },
      select: { status: true },
    })
    await record(
      tx,
      'package.integrity_failed',
      { slug, version, previousStatus: status, status, reason: error.message, installationId: target.id },
      {
        organizationId,
        siteId,
        subjectId: packageId,
        pluginId: target.pluginId,
        actorId: null,
        at: app.clock.now(),
      },
    )
  })
  return TOLD
}
