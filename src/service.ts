import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { drawApiKey } from './auth/api-key.ts'
import { bootstrap } from './bootstrap.ts'
import type { Config } from './config.ts'
import { createApp, type AppOptions, type RunningApp } from './create-app.ts'
import { messageOf } from './lib/errors.ts'
import { Stops } from './lib/stops.ts'
import { seconds } from './lib/units.ts'
import { openDataDirectory, readOrCreateSecretFile } from './platform/data-directory.ts'
import { ownMasterKeys } from './platform/master-key-files.ts'
import { keepRenewedKey, MasterKeys } from './platform/master-keys.ts'
import { startEmbeddedPostgres } from './platform/embedded-postgres.ts'
import type { Log } from './platform/log.ts'
import { schema } from './schema.ts'
import { startServer, type RunningServer } from './edge/server.ts'
import { startWorker } from './worker.ts'

/** What runs at the end gets this long to finish before it is cut off; all of the end must fit into 10 s. */
const DRAIN_MS = seconds(4)

/** A started service: what it is reached by, and how it ends. */
export interface Service {
  /** Null for ROLE=worker, which serves only `/livez` and `/readyz`. */
  server: RunningServer
  /** Where an administrator finds the key; null where it was given by PATCHBAY_ADMIN_KEY. */
  adminKeyFile: string | null
  adminKey: string | null
  dataDirectory: string
  stop: () => Promise<void>
}

export interface ServiceOptions extends Pick<AppOptions, 'clock' | 'onQuery'> {
  config: Config
  log: Log
  /** Called once where the service cannot go on: the database ended, or its work was given to others. */
  onFailure: (reason: string) => void
  /** Aborted where it is to end before it has started: it goes no further then, which on a busy machine would take too long. */
  signal?: AbortSignal
}

/** Starts everything that the configuration asks for; what had begun is stopped again where a part of it fails, or `signal` aborts. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const stops = new Stops()
  try {
    return await start(options, stops)
  } catch (error) {
    // Why it failed is what matters, not what followed from it.
    await stops
      .all()
      .catch((later: unknown) => options.log.debug({ reason: messageOf(later) }, 'not stopped'))
    throw error
  }
}

async function start(options: ServiceOptions, stops: Stops): Promise<Service> {
  const { config, log, onFailure, signal } = options
  const data = await openDataDirectory(config.dataDirectory)
  const embedded = config.database === null
  if (embedded) {
    const lock = await data.lock()
    stops.add(() => lock.release())
  }
  signal?.throwIfAborted()
  const urls = config.database ?? (await startDatabase(data.path, log, onFailure, stops))
  signal?.throwIfAborted()
  const masterKeys = config.secretsKey === null ? await ownMasterKeys(data.path) : givenKeys(config)
  const running = await createApp({
    ...options,
    databaseUrl: urls.url,
    ownerUrl: urls.ownerUrl,
    pluginUrl: urls.pluginUrl,
    masterKeys,
    alone: embedded,
    onDeclaredDead: () => onFailure('other processes took this one for dead, and its work was given to them'),
  })
  stops.add(running.close)
  signal?.throwIfAborted()
  const adminKeyFile = config.adminKey === null && embedded ? path.join(data.path, 'admin.key') : null
  const adminKey = adminKeyFile === null ? config.adminKey : await ownAdminKey(adminKeyFile)
  await bootstrap(running.app, adminKey)
  await keepRenewedKey(running.app.database.prisma, masterKeys)
  signal?.throwIfAborted()
  const server = await startServer(running.app, schema)
  const takers = [() => server.close()]
  stops.add(() => drain(takers, running))
  if (config.role !== 'api') {
    const worker = await startWorker(running.app, running.addQueueWorker)
    takers.push(worker.stop)
  }
  server.ready()
  return { server, adminKeyFile, adminKey, dataDirectory: data.path, stop: () => stops.all() }
}

/** Nothing new is taken; what runs may end within the grace, then its plugins are cut off, by which it is handed back. */
async function drain(takers: readonly (() => Promise<void>)[], running: RunningApp): Promise<void> {
  running.beginStop()
  const drained = Promise.all(takers.map((stop) => stop()))
  const graceOver = new AbortController()
  await Promise.race([
    drained,
    sleep(DRAIN_MS, undefined, { signal: graceOver.signal }).catch(() => undefined),
  ])
  graceOver.abort()
  await running.closeRuntime()
  await drained
}

async function startDatabase(
  directory: string,
  log: Log,
  onFailure: (reason: string) => void,
  stops: Stops,
): Promise<NonNullable<Config['database']>> {
  const postgres = await startEmbeddedPostgres({ directory, log })
  stops.add(() => postgres.stop())
  void postgres.exited.then(({ expected }) => {
    if (!expected) onFailure('the database ended by itself')
  })
  return { url: postgres.url, ownerUrl: postgres.url, pluginUrl: null }
}

function givenKeys({ secretsKey, secretsKeyPrevious }: Config): MasterKeys {
  return new MasterKeys(secretsKey!, secretsKeyPrevious === null ? [] : [secretsKeyPrevious])
}

async function ownAdminKey(file: string): Promise<string> {
  return await readOrCreateSecretFile(file, () => drawApiKey().secret)
}
