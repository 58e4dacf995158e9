import { bootstrap } from '../../src/bootstrap.ts'
import { MasterKeys } from '../../src/platform/master-keys.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { createApp } from '../../src/create-app.ts'
import { startServer } from '../../src/edge/server.ts'
import { createLog } from '../../src/platform/log.ts'
import { schema } from '../../src/schema.ts'
import { rememberKeys } from '../authorization/remember-keys.ts'
import { tellUsage } from './usage.ts'

/** Our server as a process of its own, as it is: limits, authentication and who sees what. */
const [databaseUrl, directory, adminKey, change] = process.argv.slice(2) as [string, string, string, string?]
const masterKey = Buffer.alloc(32, 1)
const log = createLog('error')
const config = loadConfig({
  PORT: '0',
  DATABASE_URL: databaseUrl,
  PATCHBAY_SECRETS_KEY: masterKey.toString('base64'),
  PATCHBAY_DATA_DIR: directory,
  PATCHBAY_LOG_LEVEL: 'error',
})
const running = await createApp({ config, databaseUrl, masterKeys: new MasterKeys(masterKey), log })
await bootstrap(running.app, adminKey)
if (change === 'remember-keys') rememberKeys(running.app.database.pool)
const server = await startServer(running.app, schema)
server.ready()
tellUsage(server.url)
process.on('disconnect', () => {
  void server.close().then(() => running.close())
})
