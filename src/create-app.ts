import path from 'node:path'
import type { App } from './app.ts'
import type { Config } from './config.ts'
import { adoptRestoredEvents } from './events/adopt-restored.ts'
import { openEventTail } from './events/tail.ts'
import { callPluginHook } from './features/execution/call-plugin-hook.ts'
import { passFilters } from './features/execution/pass-filters.ts'
import { stopCodeOnEvents } from './features/execution/stop-code.ts'
import { startObserving } from './features/health/record-observations.ts'
import { writeHeldEndings } from './features/invocations/held-endings.ts'
import { startMetering } from './features/invocations/write-minutes.ts'
import { createInspector } from './inspection/inspector.ts'
import { messageOf } from './lib/errors.ts'
import { newId } from './lib/ids.ts'
import { Stops } from './lib/stops.ts'
import { agreeOnKeys } from './platform/agree-on-keys.ts'
import { openBlobStores } from './platform/blobs/stores.ts'
import { systemClock, type Clock } from './platform/clock.ts'
import { prepareRoles } from './platform/database-roles.ts'
import { openDatabase, type QueryObserver } from './platform/database.ts'
import { createEgress } from './platform/egress/egress.ts'
import { openEventBus } from './platform/event-bus.ts'
import type { Log } from './platform/log.ts'
import type { MasterKeys } from './platform/master-keys.ts'
import { applyMigrations } from './platform/migrations.ts'
import { ensurePartitions } from './platform/partitions.ts'
import { openPluginDatabase } from './platform/plugin-database.ts'
import { migrateQueue } from './platform/queue.ts'
import { openRateLimiter } from './platform/rate-limiter.ts'
import { registerProcess } from './platform/service-process.ts'
import { openTokenIssuer } from './platform/token-issuer.ts'
import { WhoAsks } from './platform/who-asks.ts'
import { RuntimeClosedError } from './runtime/runtime-errors.ts'
import { createRuntime, type Runtime } from './runtime/runtime.ts'

const MIGRATIONS = path.join(import.meta.dirname, '../prisma/migrations')

/** What an App is made of; what is left out is the real thing. */
export interface AppOptions {
  config: Config
  databaseUrl: string
  /** Of the role that owns the tables; the serving one's where left out. */
  ownerUrl?: string
  /** By which SQL of plugins reads; the service makes the role where it is left out and it may. */
  pluginUrl?: string | null
  masterKeys: MasterKeys
  log: Log
  clock?: Clock
  onQuery?: QueryObserver
  /** No other process can be on this database. */
  alone?: boolean
  /** Called when the others took this process for dead: it must end, since its work was given away. */
  onDeclaredDead?: () => void
}

/** A running App, and how it ends. */
export interface RunningApp {
  app: App
  /** Lets a queue worker be known to the others, who release its locks when this process is dead. */
  addQueueWorker: (name: string) => Promise<void>
  /** Before all else of its end: nothing is put off any more. */
  beginStop: () => void
  /** Ends the plugins that run, at once; what called them is told that it did not run. */
  closeRuntime: () => Promise<void>
  close: () => Promise<void>
}

/** Brings the database up to date and makes everything that operations need. */
export async function createApp(options: AppOptions): Promise<RunningApp> {
  const { config, databaseUrl, log, masterKeys, clock = systemClock } = options
  const ownerUrl = options.ownerUrl ?? databaseUrl
  const asking = new WhoAsks()
  const starting = createRuntime({
    clock,
    log,
    othersHurry: (organization) => asking.othersHurry(organization),
    ...(config.plugins.processes === null ? {} : { processes: config.plugins.processes }),
    pluginMemoryMb: config.plugins.memoryMb,
    budgets: config.plugins.budgets,
  })
  // Awaited below; a failure before that must not end the process as an unhandled one.
  starting.catch(() => undefined)
  await applyMigrations({ url: ownerUrl, directory: MIGRATIONS })
  await migrateQueue(ownerUrl, log)
  const pluginUrl = options.pluginUrl ?? null
  const derivationKey = await agreeOnKeys(ownerUrl, masterKeys)
  const roles = await prepareRoles({
    url: databaseUrl,
    ownerUrl,
    pluginUrl,
    masterKey: derivationKey,
    log,
  })
  const onIdleError = (error: Error): void =>
    log.warn({ reason: error.message }, 'a database connection broke')
  const database = openDatabase({
    url: roles.servingUrl,
    onIdleError,
    ...(options.onQuery ? { onQuery: options.onQuery } : {}),
  })
  const pluginDatabase =
    roles.pluginUrl === null
      ? null
      : openPluginDatabase({ url: roles.pluginUrl, masterKey: derivationKey, onIdleError })
  await ensurePartitions(database.pool, clock.now())
  await adoptRestoredEvents(database.pool, log)
  const processId = newId()
  const [bus, registered] = await Promise.all([
    openEventBus(roles.servingUrl, log),
    registerProcess(database.pool, log, {
      id: processId,
      role: config.role,
      alone: options.alone ?? false,
      masterKeyIds: masterKeys.ids,
      onDeclaredDead: options.onDeclaredDead ?? (() => undefined),
    }),
  ])
  const events = await openEventTail(database.pool, bus, log)
  const runtime = tellingOfItsEnd(await starting)
  const blobs = openBlobStores(config.storage.main, config.storage)
  const egress = createEgress({ allowHosts: config.egress.allowHosts })
  const issuer = config.jwt === null ? null : openTokenIssuer({ ...config.jwt, clock, log })
  const inspector = createInspector()
  const stopping = new AbortController()
  const app: App = {
    config,
    database,
    pluginDatabase,
    databaseRoles: roles.detail,
    blobs,
    egress,
    inspector,
    bus,
    events,
    runtime,
    asking,
    callPluginHook: (call) => callPluginHook(app, call),
    passFilters: (call) => passFilters(app, call),
    rates: openRateLimiter(database.pool),
    issuer,
    clock,
    log,
    processId,
    stopping: stopping.signal,
    masterKeys,
    derivationKey,
  }
  const endStopping = stopCodeOnEvents(app)
  tellUnusableStore(app)
  const stopObserving = startObserving(app)
  const stopMetering = startMetering(app)
  return {
    app,
    addQueueWorker: (name) => registered.addQueueWorker(name),
    beginStop: () => stopping.abort(),
    closeRuntime: () => runtime.close(0),
    async close() {
      stopping.abort()
      const stops = new Stops()
      const inOrder = [
        () => runtime.close(0),
        () => egress.close(),
        async () => await issuer?.close(),
        () => blobs.close(),
        () => inspector.close(),
        stopObserving,
        () => writeHeldEndings(app),
        stopMetering,
        () => registered.stop(),
        () => events.close(),
        endStopping,
        () => bus.close(),
        () => database.close(),
        async () => await pluginDatabase?.close(),
      ]
      for (const stop of inOrder.toReversed()) stops.add(stop)
      await stops.all()
    },
  }
}

/** At the start, where somebody looks: the service runs without its store, but takes and loads nothing. */
function tellUnusableStore({ blobs, log }: App): void {
  if (blobs.main.kind === 'file') return
  blobs.main.probe().catch((error: unknown) => {
    log.error({ reason: messageOf(error) }, 'the store of archives cannot be used')
  })
}

/** What our own end has cut off is no crash of the plugin: the call is refused, so that a queue hands it back. */
function tellingOfItsEnd(runtime: Runtime): Runtime {
  let closing = false
  return {
    ...runtime,
    async call(call) {
      const result = await runtime.call(call)
      if (closing && result.outcome === 'CRASHED') throw new RuntimeClosedError()
      return result
    },
    async close(graceMs) {
      closing = true
      await runtime.close(graceMs)
    },
  }
}
