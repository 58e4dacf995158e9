import { enableCompileCache } from 'node:module'
import { ConfigError, describeVariables, readConfig, type Config } from './config.ts'
import { seconds } from './lib/units.ts'
import { createLog } from './platform/log.ts'
import { StartError } from './platform/start-error.ts'

enableCompileCache()

/** Whoever stops a service waits this long before he kills it; we are gone before. */
const STOP_DEADLINE_MS = seconds(9)

if (process.argv.includes('--help')) {
  process.stdout.write(usage())
} else {
  await main()
}

async function main(): Promise<void> {
  const config = configOrExit()
  const log = createLog(config.logLevel)
  // Loaded after the configuration, whose mistakes are told at once.
  const { startService } = await import('./service.ts')
  let stopping: Promise<void> | null = null
  let stop: (() => Promise<void>) | null = null
  const end = (reason: string, code: number): void => {
    if (stopping !== null) return
    log.info({ reason }, 'stopping')
    setTimeout(() => {
      log.error('what runs did not end in time, leaving it')
      process.exit(1)
    }, STOP_DEADLINE_MS).unref()
    stopping = (stop?.() ?? Promise.resolve()).then(
      () => process.exit(code),
      (error: unknown) => {
        log.error({ reason: error instanceof Error ? error.message : String(error) }, 'did not stop cleanly')
        process.exit(1)
      },
    )
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => end(signal, 0))

  const service = await startService({ config, log, onFailure: (reason) => end(reason, 1) }).catch(exitWith)
  stop = service.stop
  if (stopping !== null) {
    // A signal came while starting: what has begun since is stopped as well.
    await service.stop()
    process.exit(0)
  }
  greet(config, service)
}

function configOrExit(): Config {
  try {
    return readConfig(process.argv.slice(2))
  } catch (error) {
    return exitWith(error)
  }
}

/** What people can mend is told alone; anything else is ours, and its trace is told too. */
function exitWith(error: unknown): never {
  const mendable = error instanceof ConfigError || error instanceof StartError
  const text = mendable
    ? error.message
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error)
  process.stderr.write(`patchbay: ${text}\n`)
  process.exit(1)
}

function greet(
  config: Config,
  service: {
    server: { url: string }
    dataDirectory: string
    adminKeyFile: string | null
    adminKey: string | null
  },
): void {
  const { server, dataDirectory, adminKeyFile, adminKey } = service
  const key =
    adminKeyFile === null
      ? adminKey === null
        ? 'none was given; set PATCHBAY_ADMIN_KEY to make one'
        : 'the one of PATCHBAY_ADMIN_KEY'
      : `${adminKey} (kept in ${adminKeyFile})`
  const lines = [
    `GraphiQL   ${config.role === 'worker' ? 'not served by ROLE=worker' : `${server.url}/graphql`}`,
    `Data       ${dataDirectory}`,
    `Admin key  ${key}`,
    `Next       npm run demo -- --url ${server.url}`,
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}

function usage(): string {
  const lines = describeVariables().map(
    ({ name, flag, purpose, expected, default: fallback }) =>
      `  ${[name, flag].filter(Boolean).join(', ')}\n      ${purpose}. ${expected}${fallback === null ? '' : `; default ${fallback}`}`,
  )
  return `Patchbay: the control plane for plugins\n\nUsage: npm start -- [flags]\n\n${lines.join('\n')}\n`
}
