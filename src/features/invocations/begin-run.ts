import type { App } from '../../app.ts'
import type { InvocationKind } from '../../generated/prisma/enums.ts'
import { newId } from '../../lib/ids.ts'
import { forgetHeldEnding, holdEnding } from './held-endings.ts'
import { insertRunning } from './insert-running.ts'
import type { Target } from './target.ts'
import { UNENDED } from './unended.ts'

/** What the row of a run says that the service itself is to blame for. */
export const NOT_RUN = 'The service could not run it.'

/** What runs, and for which event. */
interface Beginning {
  kind: InvocationKind
  name: string
  eventId?: string
  /** A row that is there already; else one is made. */
  invocationId?: string
}

/** The row of a run that begins now, in this process. Returns its id. */
export async function beginRun(app: App, target: Target, beginning: Beginning): Promise<string> {
  const id = beginning.invocationId ?? newId()
  try {
    if (beginning.invocationId === undefined) await insert(app, target, id, beginning)
    else await beginAgain(app, id)
  } catch (error) {
    // It may say that it runs all the same: where only the answer was lost, or it was begun by who asked for the run.
    const ending = { outcome: 'CRASHED' as const, error: NOT_RUN }
    holdEnding(app, { id, target, ending, finishedAt: app.clock.now() }, error)
    throw error
  }
  return id
}

async function insert(app: App, target: Target, id: string, beginning: Beginning): Promise<void> {
  const { kind, name, eventId = null } = beginning
  await insertRunning(app, target, { id, kind, name, eventId }, app.clock.now())
}

async function beginAgain(app: App, id: string): Promise<void> {
  forgetHeldEnding(app, id)
  const started = { status: 'RUNNING' as const, startedAt: app.clock.now(), processId: app.processId }
  await app.database.prisma.invocation.updateMany({
    where: { id, AND: [UNENDED] },
    data: { ...started, outcome: null, finishedAt: null, error: null },
  })
}
