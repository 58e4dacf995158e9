import type { App } from '../../app.ts'
import { firstIdAt } from '../../lib/ids.ts'

/** Rows that one statement takes away, so that none locks for long. */
const BATCH = 5_000

/** Takes away what became of events that are no longer kept. */
export async function forgetEventDeliveries(app: App): Promise<void> {
  const before = firstIdAt(new Date(app.clock.now().getTime() - app.config.retention.eventsMs))
  let gone: number
  do {
    gone = await app.database.prisma.$executeRaw`
      delete from event_delivery where id in (select id from event_delivery where id < ${before}::uuid order by id limit ${BATCH})`
  } while (gone === BATCH)
}
