import type { App } from '../../app.ts'
import { seconds } from '../../lib/units.ts'
import type { Circuited } from './circuit.ts'

/** Whether a call may be made: like any other, as the one that tries whether it works again, or not before then. */
export type Admission = { as: 'ordinary' } | { as: 'trial' } | { as: 'refused'; until: Date }

/** Beyond its own time limit, for a call that waits for its turn: after that another may try. */
const TRIAL_WAITS_MS = seconds(30)

/** Until somebody else's trial has ended, which nobody knows. */
const ASK_AGAIN_MS = seconds(1)

/**
 * Asks an installation's circuit for a call. What works costs nothing: its circuit came with the installation itself.
 * Of all processes' calls that come when the time is over, one is the trial.
 */
export async function admitCall(
  app: App,
  { id, circuit }: Pick<Circuited, 'id' | 'circuit'>,
  timeoutMs: number,
): Promise<Admission> {
  if (circuit === null || circuit.openUntil === null) return { as: 'ordinary' }
  const now = app.clock.now()
  if (now < circuit.openUntil) return { as: 'refused', until: circuit.openUntil }
  const { count } = await app.database.prisma.circuit.updateMany({
    where: {
      installationId: id,
      openUntil: { lte: now },
      OR: [{ trialUntil: null }, { trialUntil: { lte: now } }],
    },
    data: { trialUntil: new Date(now.getTime() + timeoutMs + TRIAL_WAITS_MS) },
  })
  if (count === 1) return { as: 'trial' }
  const found = await app.database.prisma.circuit.findUnique({
    where: { installationId: id },
    select: { openUntil: true },
  })
  if (found === null || found.openUntil === null) return { as: 'ordinary' }
  const soon = new Date(now.getTime() + ASK_AGAIN_MS)
  return { as: 'refused', until: found.openUntil > soon ? found.openUntil : soon }
}
