import { enableCompileCache } from 'node:module'
import { ConfigError, type Config } from './config.ts'
import { describeVariables, isStartedByNpm, readConfig } from './config/load-config.ts'
import { seconds } from './lib/units.ts'
import { collectRarely } from './platform/collect-rarely.ts'
import { createLog } from './platform/log.ts'
import { StartError } from './platform/start-error.ts'

enableCompileCache()
collectRarely()

/** Whoever stops a service waits this long before he kills it; we are gone before. */
const STOP_DEADLINE_MS = seconds(9)
const ORPHAN_CHECK_MS = 250
/** What Node says after `git pull` without `npm ci`. */
const MISSING_PACKAGE = /^Cannot find package '([^']+)'/

if (process.argv.includes('--help')) {
  process.stdout.write(usage())
} else {
  await main()
}

async function main(): Promise<void> {
  const config = configOrExit()
  const log = createLog(config.logLevel)
  let starting: Promise<{ stop: () => Promise<void> }> | null = null
  const ending = new AbortController()
  const end = (reason: string, code: number): void => {
    if (ending.signal.aborted) return
    ending.abort()
    log.info({ reason }, 'stopping')
    setTimeout(() => {
      log.error('what runs did not end in time, leaving it')
      process.exit(1)
    }, STOP_DEADLINE_MS).unref()
    // What is still starting goes no further and stops itself, or has just started and is stopped.
    Promise.resolve(starting)
      .catch(() => null)
      .then((service) => service?.stop())
      .then(
        () => process.exit(code),
        // After a failure, what cannot be stopped any more is its consequence.
        (error: unknown) => (code === 0 ? exitWith(error, 'it did not stop cleanly: ') : process.exit(code)),
      )
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => end(signal, 0))
  // A rejection that nobody handles comes here too. What state is left nobody knows, so a new process must go on.
  process.on('uncaughtException', (error) => {
    process.stderr.write(`patchbay: unexpected, stopping: ${describe(error)}\n`)
    end('an unexpected error', 1)
  })

  if (isStartedByNpm()) whenOrphaned(() => end('npm has ended', 0))

  const onFailure = (reason: string): void => {
    process.stderr.write(`patchbay: ${reason}\n`)
    end(reason, 1)
  }
  // Loaded after the configuration, whose mistakes are told at once.
  const { startService } = await import('./service.ts')
  if (ending.signal.aborted) return
  const started = startService({ config, log, onFailure, signal: ending.signal })
  starting = started
  const service = await started.catch((error: unknown) => (ending.signal.aborted ? null : exitWith(error)))
  if (!ending.signal.aborted && service !== null) greet(config, service)
}

/** npm ends its shell with SIGTERM, which tells us nothing: without it we would live on unseen. */
function whenOrphaned(then: () => void): void {
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) then()
  }, ORPHAN_CHECK_MS).unref()
}

function configOrExit(): Config {
  try {
    return readConfig(process.argv.slice(2))
  } catch (error) {
    return exitWith(error)
  }
}

function exitWith(error: unknown, what = ''): never {
  process.stderr.write(`patchbay: ${what}${describe(error)}\n`)
  process.exit(1)
}

/** What people can mend is told alone; anything else is ours, and its trace is told too. */
function describe(error: unknown): string {
  if (error instanceof ConfigError || error instanceof StartError) return error.message
  if (!(error instanceof Error)) return String(error)
  const missing = MISSING_PACKAGE.exec(error.message)?.[1]
  return missing === undefined ? (error.stack ?? error.message) : `${missing} is not installed: run npm ci.`
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
  const lines =
    config.role === 'worker'
      ? [
          'GraphiQL   served by the api processes',
          'Next       start an api process on the same database: ROLE=api',
        ]
      : [`GraphiQL   ${server.url}/graphql`, `Next       npm run demo -- --url ${server.url}`]
  lines.splice(1, 0, `Data       ${dataDirectory}`, `Admin key  ${key}`)
  process.stdout.write(`${lines.join('\n')}\n`)
}

function usage(): string {
  const lines = describeVariables().map(
    ({ name, flag, purpose, expected, default: fallback }) =>
      `  ${[name, flag].filter(Boolean).join(', ')}\n      ${purpose}. ${expected}${fallback === null ? '' : `; default ${fallback}`}`,
  )
  return `Patchbay: the control plane for plugins\n\nUsage: npm start -- [flags]\n\n${lines.join('\n')}\n`
}
