import type { App } from './app.ts'
import { startRelay } from './events/relay.ts'
import { startSealer } from './events/sealer.ts'
import { discoverAtStart } from './features/discovery/discover-at-start.ts'
import { collectBlobs } from './features/packages/collect-blobs.ts'
import { forgetDeliveries } from './features/deliveries/forget-deliveries.ts'
import { requeueStranded } from './features/deliveries/requeue-stranded.ts'
import { stopSending } from './features/deliveries/stop-sending.ts'
import { forgetEventDeliveries } from './features/execution/forget-event-deliveries.ts'
import { scheduleDueJobs } from './features/execution/schedule-due-jobs.ts'
import { askDueHealth } from './features/health/ask-due-health.ts'
import { forgetHours, rollUpHours } from './features/health/roll-up-hours.ts'
import { recoverInstallations } from './features/installations/recover-installations.ts'
import { endLost } from './features/invocations/end-lost.ts'
import { forgetMinutes } from './features/invocations/forget-minutes.ts'
import { forgetIdempotencyKeys } from './graphql/mutations/forget-keys.ts'
import { followLicenses } from './features/licenses/follow-licenses.ts'
import { watchUpgrades } from './features/upgrades/watch-upgrades.ts'
import { messageOf } from './lib/errors.ts'
import { hours, minutes, seconds } from './lib/units.ts'
import { dropOldPartitions, ensurePartitions } from './platform/partitions.ts'
import { startQueue } from './platform/queue.ts'
import { reactTo } from './reactions.ts'
import { taskList } from './tasks.ts'

/**
 * Jobs at once: most of them wait for plugin code, which has processes of its own. One organization has half of them at most, one
 * installation a third.
 */
const CONCURRENCY = 18
/** Deliveries of webhooks at once: some more than have a turn, so that there is always one that looks for whose it is. */
const OUTGOING_CONCURRENCY = 24
/** How long a stop waits for servers of strangers. */
const OUTGOING_PATIENCE_MS = seconds(3)
/** How late a job of a plugin may begin. */
const SCHEDULE_TICK_MS = seconds(1)
/** How late what a dead process was installing is undone, once it counts as dead. */
const RECOVERY_TICK_MS = seconds(3)
/** How late an expiry is told; that nothing runs by a licence that has ended does not wait for it. */
const LICENSES_TICK_MS = minutes(1)
/** How often what was just upgraded is asked for its health. */
const UPGRADES_TICK_MS = seconds(5)
/** How late a plugin is asked for its health. */
const HEALTH_TICK_MS = seconds(1)
/** How late a delivery that has lost its job is found. */
const STRANDED_TICK_MS = minutes(1)
/** How late the history of health by hours and days is. */
const ROLL_UP_TICK_MS = minutes(1)
/** How often runs are looked for whose end was lost. */
const LOST_TICK_MS = minutes(1)
const UPKEEP_MS = hours(1)

/** Turns events into jobs, seals the audit log, works on the queue, starts what is due, and keeps the partitions. */
export async function startWorker(
  app: App,
  addQueueWorker: (name: string) => Promise<void>,
): Promise<{ stop: () => Promise<void> }> {
  // Before the queue hands out what dead processes were amid.
  await recoverInstallations(app)
  const relay = startRelay(app.database.url, app.bus, (events) => reactTo(app, events), app.log)
  const sealer = startSealer(app.database.url, app.bus, app.log)
  const works = {
    pool: app.database.pool,
    log: app.log,
    onLockName: (name: string) => {
      addQueueWorker(name).catch((error: unknown) => {
        app.log.error({ reason: messageOf(error) }, 'a queue worker could not be registered')
      })
    },
  }
  const queue = await startQueue({ ...works, tasks: taskList(app, 'inside'), concurrency: CONCURRENCY })
  const outgoing = await startQueue({
    ...works,
    tasks: taskList(app, 'going out'),
    concurrency: OUTGOING_CONCURRENCY,
  })
  const schedule = repeat(app, SCHEDULE_TICK_MS, 'scheduling jobs', async () => {
    await scheduleDueJobs(app)
  })
  const recovery = repeat(app, RECOVERY_TICK_MS, 'recovering installations', () => recoverInstallations(app))
  const upgrades = repeat(app, UPGRADES_TICK_MS, 'watching upgrades', () => watchUpgrades(app))
  const health = repeat(app, HEALTH_TICK_MS, 'asking for health', () => askDueHealth(app))
  const rollUp = repeat(app, ROLL_UP_TICK_MS, 'rolling up health', () => rollUpHours(app))
  const upkeep = repeat(app, UPKEEP_MS, 'keeping partitions', async () => {
    await ensurePartitions(app.database.pool, app.clock.now())
    await dropOldPartitions(app.database.pool, app.clock.now(), app.config.retention)
    await forgetIdempotencyKeys(app)
    await forgetDeliveries(app)
    await forgetMinutes(app)
    await forgetHours(app)
    await forgetEventDeliveries(app)
    await app.rates.forgetOld()
  })
  const stranded = repeat(app, STRANDED_TICK_MS, 'looking for lost deliveries', async () => {
    await requeueStranded(app)
  })
  const lost = repeat(app, LOST_TICK_MS, 'looking for lost runs', async () => {
    await endLost(app)
  })
  const licenses = repeat(app, LICENSES_TICK_MS, 'following licences', () => followLicenses(app))
  const discovery = discoverAtStart(app)
  const ending = new AbortController()
  const collecting = repeat(app, UPKEEP_MS, 'collecting archives', async () => {
    await collectBlobs(app, ending.signal)
  })
  return {
    async stop() {
      ending.abort()
      await Promise.all([
        schedule(),
        recovery(),
        upgrades(),
        health(),
        upkeep(),
        stranded(),
        lost(),
        licenses(),
        rollUp(),
        collecting(),
        discovery,
      ])
      await Promise.all([relay.stop(), sealer.stop()])
      const patience = setTimeout(() => stopSending(app), OUTGOING_PATIENCE_MS)
      await Promise.all([queue.stop(), outgoing.stop()])
      clearTimeout(patience)
    },
  }
}

/** Does something at a steady pace, never twice at once. The function that it returns stops that. */
function repeat(app: App, everyMs: number, what: string, work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null
  const timer = setInterval(() => {
    running ??= work()
      .catch((error: unknown) => app.log.warn({ reason: messageOf(error) }, `${what} failed`))
      .finally(() => {
        running = null
      })
  }, everyMs)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await running
  }
}
