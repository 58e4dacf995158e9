import type { App } from '../../app.ts'
import { messageOf } from '../../lib/errors.ts'
import { askHealth } from './ask-health.ts'

/** Taken by a worker in one statement. */
const BATCH = 100
/** Asked at once by a worker: one that hangs holds up its place only. */
const AT_ONCE = 16

/**
 * Asks those for their health whose time has come. A worker that takes an installation gives it its next time by the same
 * statement, so that of all workers one asks; one that dies amid it is made up for by the next time. What has no health
 * handler is not due, and costs nothing.
 */
export async function askDueHealth(app: App): Promise<void> {
  for (;;) {
    const due = await takeDue(app)
    const rest = due.values()
    const ask = async (): Promise<void> => {
      for (const id of rest) await tryAsking(app, id)
    }
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, due.length) }, ask))
    if (due.length < BATCH) return
  }
}

async function takeDue(app: App): Promise<string[]> {
  const now = app.clock.now()
  const next = new Date(now.getTime() + app.config.plugins.healthIntervalMs)
  const rows = await app.database.prisma.$queryRaw<{ id: string }[]>`
    update installation set health_due_at = ${next} where id in (
      select id from installation where health_due_at <= ${now} and operation is null
      order by health_due_at limit ${BATCH} for update skip locked)
    returning id::text as id`
  return rows.map(({ id }) => id)
}

async function tryAsking(app: App, id: string): Promise<void> {
  try {
    await askHealth(app, id)
  } catch (error) {
    app.log.warn({ installation: id, reason: messageOf(error) }, 'a plugin could not be asked for its health')
  }
}
