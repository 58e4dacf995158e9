import type { App } from '../../app.ts'
import { messageOf } from '../../lib/errors.ts'
import { running } from '../installations/policy.ts'
import { askHealth } from '../health/ask-health.ts'

/** Asked at once, oldest first; who comes behind them waits for the next time. */
const AT_ONCE = 50

/** Asks all that was just upgraded for its health. What is UNHEALTHY is told by its sample, by which it goes back. */
export async function watchUpgrades(app: App): Promise<void> {
  const now = app.clock.now()
  const watched = await app.database.prisma.installation.findMany({
    where: { probationEndsAt: { gte: now }, operation: null, AND: [running(now)] },
    orderBy: { lastSeenAt: { sort: 'asc', nulls: 'first' } },
    take: AT_ONCE,
    select: { id: true },
  })
  await Promise.all(
    watched.map(async ({ id }) => {
      try {
        await askHealth(app, id)
      } catch (error) {
        app.log.warn(
          { installation: id, reason: messageOf(error) },
          'a plugin could not be asked for its health',
        )
      }
    }),
  )
}
