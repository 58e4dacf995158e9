import { change, type App } from '../../app.ts'
import { record } from '../../events/record.ts'
import { OPEN_MESSAGE, type Circuited } from './circuit.ts'
import { forgetFailing } from './failing.ts'

/**
 * Ends what was counted of an installation that works, and closes its circuit where the call was the trial. What has
 * not failed lately costs nothing; what was begun before the circuit opened says nothing of the present.
 */
export async function noteSuccess(app: App, installation: Circuited, isTrial: boolean): Promise<void> {
  const { id, circuit } = installation
  if (isTrial) await close(app, installation)
  else if (forgetFailing(app, id) || (circuit !== null && circuit.openUntil === null))
    await app.database.prisma.circuit.deleteMany({ where: { installationId: id, openUntil: null } })
}

async function close(app: App, installation: Circuited): Promise<void> {
  const { id, organizationId, siteId, pluginId, slug, version } = installation
  forgetFailing(app, id)
  await change(app, async (tx) => {
    const closed = await tx.circuit.deleteMany({ where: { installationId: id, openUntil: { not: null } } })
    if (closed.count === 0) return
    await tx.installation.updateMany({
      where: { id, healthMessage: OPEN_MESSAGE },
      data: { healthStatus: 'HEALTHY', healthMessage: null },
    })
    await record(
      tx,
      'health.circuit_closed',
      { slug, version },
      { organizationId, siteId, subjectId: id, pluginId, actorId: null, at: app.clock.now() },
    )
  })
}
