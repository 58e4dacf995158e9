import type { App } from '../src/app.ts'
import { drawApiKey } from '../src/auth/api-key.ts'
import { bootstrap } from '../src/bootstrap.ts'
import { loadConfig } from '../src/config/load-config.ts'
import { createApp } from '../src/create-app.ts'
import { startServer } from '../src/edge/server.ts'
import { createLog } from '../src/platform/log.ts'
import { MasterKeys } from '../src/platform/master-keys.ts'
import { schema } from '../src/schema.ts'
import type { BenchDatabase } from './with-database.ts'

/** Our server as it is, in this process: limits, authentication and who sees what, without the queue's side. */
export interface ServingPatchbay {
  app: App
  /** Address without a path. */
  url: string
  adminKey: string
  close: () => Promise<void>
}

/** Starts it on a free port; an administrator's key is drawn where none is given. */
export async function startPatchbay(
  database: BenchDatabase,
  adminKey: string = drawApiKey().secret,
): Promise<ServingPatchbay> {
  const masterKey = Buffer.alloc(32, 1)
  const log = createLog('error')
  const config = loadConfig({
    PORT: '0',
    DATABASE_URL: database.url,
    PATCHBAY_SECRETS_KEY: masterKey.toString('base64'),
    PATCHBAY_DATA_DIR: database.directory,
    PATCHBAY_LOG_LEVEL: 'error',
  })
  const running = await createApp({
    config,
    databaseUrl: database.url,
    masterKeys: new MasterKeys(masterKey),
    log,
  })
  await bootstrap(running.app, adminKey)
  const server = await startServer(running.app, schema)
  server.ready()
  const close = async (): Promise<void> => {
    await server.close()
    await running.close()
  }
  return { app: running.app, url: server.url, adminKey, close }
}
