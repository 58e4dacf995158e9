import type { App } from '../../app.ts'

/** Gives the trial back that came to no end of its own: it could not be run, or was stopped. Another call may try. */
export async function releaseTrial(app: App, installationId: string): Promise<void> {
  await app.database.prisma.circuit.updateMany({ where: { installationId }, data: { trialUntil: null } })
}
