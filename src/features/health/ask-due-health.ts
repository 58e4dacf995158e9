import type { App } from '../../app.ts'
import { messageOf } from '../../lib/errors.ts'
import { minutes } from '../../lib/units.ts'
import { askHealth } from './ask-health.ts'

/** Taken by a worker in one statement. */
const BATCH = 100
/** Asked at once by a worker: one that hangs holds up its place only. */
const AT_ONCE = 16
/** Before one that was dear is asked again: a loop of 5 s takes 1% of a core then, and what was mended is seen soon enough. */
const LONGEST_PAUSE_MS = minutes(8)

/**
 * Asks those for their health whose time has come. A worker that takes an installation gives it its next time by the same
 * statement, so that of all workers one asks; one that dies amid it is made up for by the next time. What has no health
 * handler is not due, and costs nothing. One that loops costs a core for its whole time: it is asked after twice the pause
 * each time, until it answers once.
 */
export async function askDueHealth(app: App): Promise<void> {
  for (;;) {
    const due = await takeDue(app)
    const rest = due.values()
    const ask = async (): Promise<void> => {
      for (const one of rest) await tryAsking(app, one)
    }
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, due.length) }, ask))
    if (due.length < BATCH) return
  }
}

interface Due {
  id: string
  /** How often in a row it was dear. */
  dearHealths: number
  /** When its next time was given to it: it counts from then. */
  takenAt: Date
}

async function takeDue(app: App): Promise<Due[]> {
  const takenAt = app.clock.now()
  const next = new Date(takenAt.getTime() + app.config.plugins.healthIntervalMs)
  const rows = await app.database.prisma.$queryRaw<Omit<Due, 'takenAt'>[]>`
    update installation set health_due_at = ${next} where id in (
      select id from installation where health_due_at <= ${takenAt} and operation is null
      order by health_due_at limit ${BATCH} for update skip locked)
    returning id::text as id, dear_healths as "dearHealths"`
  return rows.map((row) => ({ ...row, takenAt }))
}

async function tryAsking(app: App, due: Due): Promise<void> {
  try {
    const asked = await askHealth(app, due.id)
    if (asked !== null) await setPause(app, due, asked.isDear)
  } catch (error) {
    app.log.warn(
      { installation: due.id, reason: messageOf(error) },
      'a plugin could not be asked for its health',
    )
  }
}

/** Kept in its row, so that other workers and a restart go by it; what answers well costs no statement. */
async function setPause(app: App, { id, dearHealths, takenAt }: Due, isDear: boolean): Promise<void> {
  if (!isDear && dearHealths === 0) return
  const { healthIntervalMs } = app.config.plugins
  const times = isDear ? dearHealths + 1 : 0
  const pauseMs = Math.min(healthIntervalMs * 2 ** times, Math.max(healthIntervalMs, LONGEST_PAUSE_MS))
  await app.database.prisma.installation.updateMany({
    // One that was deactivated meanwhile is not asked.
    where: { id, healthDueAt: { not: null } },
    data: { dearHealths: times, healthDueAt: new Date(takenAt.getTime() + pauseMs) },
  })
}
