import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { Pool } from 'pg'
import { inject } from 'vitest'
import type { App } from '../../src/app.ts'
import { drawApiKey } from '../../src/auth/api-key.ts'
import { bootstrap } from '../../src/bootstrap.ts'
import type { Config } from '../../src/config.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { createApp } from '../../src/create-app.ts'
import type { Clock } from '../../src/platform/clock.ts'
import type { QueryObserver } from '../../src/platform/database.ts'
import { MasterKeys } from '../../src/platform/master-keys.ts'
import { createLog } from '../../src/platform/log.ts'
import { schema } from '../../src/schema.ts'
import { startServer } from '../../src/edge/server.ts'
import { startWorker } from '../../src/worker.ts'
import { MASTER_KEY } from './master-key.ts'
import { createTestDatabase, testPool } from './postgres.ts'

/** A whole service in this process, on a database and a blob store of its own. */
export interface TestServer {
  app: App
  /** `http://127.0.0.1:…`, without a path. */
  url: string
  /** `ws://…/graphql`. */
  wsUrl: string
  /** May do everything. */
  adminKey: string
  /** The database as its owner, for what the service itself may not do. */
  owner: Pool
  /** What was logged, a JSON line each. */
  logLines: string[]
  close: () => Promise<void>
}

export interface TestServerOptions {
  /** Variables over those of a test. */
  env?: Record<string, string>
  /** Part of the configuration that has no variable, or that a test needs beyond its bounds. */
  config?: Partial<Config>
  clock?: Clock
  onQuery?: QueryObserver
  /** Several on one database: its address; it is not dropped at the end. */
  databaseUrl?: string
  storageDirectory?: string
  adminKey?: string
  /** Whether it works on the queue; it does where left out. */
  worker?: boolean
}

/** Starts it as `main` does, but for the database, which is a copy of the run's template. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const database = options.databaseUrl === undefined ? await createTestDatabase() : null
  const url = options.databaseUrl ?? database!.url
  const directory = await mkdtemp(path.join(os.tmpdir(), 'patchbay-server-'))
  const config: Config = {
    ...loadConfig({
      PORT: '0',
      DATABASE_URL: url,
      PATCHBAY_SECRETS_KEY: MASTER_KEY.toString('base64'),
      PATCHBAY_DATA_DIR: directory,
      PLUGIN_PROCESSES: '2',
      PATCHBAY_HEALTH_FLUSH_SECONDS: '1',
      ...options.env,
    }),
    ...(options.storageDirectory === undefined
      ? {}
      : {
          storage: {
            main: { kind: 'file' as const, directory: options.storageDirectory },
            s3: null,
            azure: null,
          },
        }),
    ...options.config,
  }
  const logLines: string[] = []
  const running = await createApp({
    config,
    databaseUrl: url,
    masterKeys: new MasterKeys(
      config.secretsKey!,
      config.secretsKeyPrevious ? [config.secretsKeyPrevious] : [],
    ),
    log: createLog('debug', { write: (line) => void logLines.push(line) }),
    ...(options.clock ? { clock: options.clock } : {}),
    ...(options.onQuery ? { onQuery: options.onQuery } : {}),
  })
  const adminKey = options.adminKey ?? drawApiKey().secret
  await bootstrap(running.app, adminKey)
  const server = await startServer(running.app, schema)
  const worker = options.worker === false ? null : await startWorker(running.app, running.addQueueWorker)
  server.ready()
  const owner = testPool(ownerUrlOf(url))
  return {
    app: running.app,
    url: server.url,
    wsUrl: `${server.url.replace(/^http/, 'ws')}/graphql`,
    adminKey,
    owner,
    logLines,
    async close() {
      await worker?.stop()
      await server.close()
      await running.close()
      await owner.end()
      await database?.drop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Several servers on one database are given the address of the role that serves. */
function ownerUrlOf(url: string): string {
  const owner = new URL(inject('postgresUrl'))
  owner.pathname = new URL(url).pathname
  return owner.href
}
