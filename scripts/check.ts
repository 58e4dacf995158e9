import { execFile } from 'node:child_process'
import { access, glob, readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

/**
 * `npm run check`: whatever can be said of the code without running it. Every check runs, also after one has failed; what
 * failed is told at the end, with exit code 1.
 */

const ROOT = path.join(import.meta.dirname, '..')
/** A longer file has more than one subject; split it by name. */
const MAX_LINES = 250

interface Check {
  name: string
  /** Resolves with why it could not be done here, or with nothing; throws what is wrong. */
  run: () => Promise<string | void>
}

const checks: Check[] = [
  { name: 'format', run: () => command('oxfmt', '--check') },
  { name: 'lint', run: () => command('oxlint', '--type-aware', '--deny-warnings') },
  { name: 'types', run: () => command('tsc', '--noEmit') },
  { name: 'dead code', run: () => command('knip', '--no-progress', '--no-config-hints') },
  { name: 'migrations', run: () => command('node', 'scripts/migrate.ts', '--check') },
  { name: 'printed schema', run: () => command('node', 'scripts/print-schema.ts', '--check') },
  { name: 'typed documents', run: () => command('graphql-codegen', '--check', '--errors-only') },
  { name: 'documented variables', run: () => command('node', 'scripts/document-variables.ts', '--check') },
  { name: 'map of folders', run: checkMap },
  { name: 'length of files', run: checkLengths },
  { name: 'compose file', run: checkCompose },
]

const failures: string[] = []
for (const { name, run } of checks) {
  const began = performance.now()
  const outcome = await run().then(
    (skipped) => (skipped === undefined ? 'ok' : `skipped: ${skipped}`),
    (error: unknown) => {
      failures.push(`--- ${name}\n${error instanceof Error ? error.message : String(error)}`)
      return 'FAILED'
    },
  )
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  process.stdout.write(`${name.padEnd(22)}${seconds.padStart(5)} s  ${outcome}\n`)
}
if (failures.length > 0) {
  process.stdout.write(
    `\n${failures.join('\n\n')}\n\n${failures.length} of ${checks.length} checks failed.\n`,
  )
  process.exitCode = 1
}

/** Runs a program of ours to its end; throws what it printed where it fails. */
async function command(program: string, ...args: string[]): Promise<void> {
  try {
    await start(program, args)
  } catch (error) {
    const {
      stdout = '',
      stderr = '',
      message,
    } = error as { stdout?: string; stderr?: string; message: string }
    throw new Error(`${stdout}\n${stderr}`.trim() || message, { cause: error })
  }
}

function start(program: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<{ stdout: string }> {
  const bin = path.join(ROOT, 'node_modules/.bin')
  return promisify(execFile)(program, args, {
    cwd: ROOT,
    maxBuffer: 1 << 26,
    env: {
      ...process.env,
      PATH: `${bin}${path.delimiter}${process.env['PATH'] ?? ''}`,
      NO_COLOR: '1',
      ...env,
    },
  })
}

/** What the README's map names is there. */
async function checkMap(): Promise<void> {
  const readme = await readFile(path.join(ROOT, 'README.md'), 'utf8')
  const map = /## Where things are\n([^]*?)\n## /.exec(readme)?.[1] ?? ''
  const named = [...map.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell]) => cell!.match(/[^`, ]+/g) ?? [])
  const missing: string[] = []
  for (const name of named) await access(path.join(ROOT, name)).catch(() => missing.push(name))
  if (named.length === 0 || missing.length > 0) {
    throw new Error(
      `README.md's map of folders names what is not there: ${missing.join(', ') || 'it is empty'}`,
    )
  }
}

async function checkLengths(): Promise<void> {
  const long: string[] = []
  const patterns = [
    '{src,scripts,test}/**/*.{ts,mjs}',
    'bench/*.{ts,mjs}',
    'plugins-examples/*/**/*.js',
    '*.ts',
  ]
  for await (const file of glob(patterns, { cwd: ROOT })) {
    if (file.startsWith(path.join('src', 'generated'))) continue
    const lines = (await readFile(path.join(ROOT, file), 'utf8')).split('\n').length - 1
    if (lines > MAX_LINES) long.push(`${file} has ${lines} lines; ${MAX_LINES} are the most`)
  }
  if (long.length > 0) throw new Error(long.toSorted().join('\n'))
}

/** The variables that must be given stand in with anything: the file is read, nothing is started. */
async function checkCompose(): Promise<string | void> {
  try {
    await start('docker', ['compose', 'version'])
  } catch {
    return 'there is no docker compose here'
  }
  const given = { PATCHBAY_SECRETS_KEY: 'x', PATCHBAY_ADMIN_KEY: 'x', POSTGRES_PASSWORD: 'x' }
  await start('docker', ['compose', '--env-file', '/dev/null', 'config', '--quiet'], given)
}
