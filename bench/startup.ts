import { spawn, type ChildProcess } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'

const ROOT = path.join(import.meta.dirname, '..')
const RUNS = 5
/** A start that takes longer has failed. */
const DEADLINE_MS = 60_000

/**
 * From `npm start` to the first answer of a query that reads the database: with a new data directory, with one that is
 * there already, and as the very first start, for which Node has no compiled code kept either. Medians of five.
 */
export async function measureStartup(): Promise<void> {
  const first: number[] = []
  const cold: number[] = []
  const warm: number[] = []
  for (let run = 0; run < RUNS; run += 1) {
    const place = await mkdtemp(path.join(os.tmpdir(), 'patchbay-bench-'))
    // PostgreSQL runs as a user of its own where we are root, and must get through.
    await chmod(place, 0o711)
    try {
      first.push(await measureOne(path.join(place, 'first'), path.join(place, 'cache')))
      cold.push(await measureOne(path.join(place, 'data'), path.join(place, 'cache')))
      warm.push(await measureOne(path.join(place, 'data'), path.join(place, 'cache')))
    } finally {
      await rm(place, { recursive: true, force: true })
    }
  }
  print('first start ever', first)
  print('cold (new data directory)', cold)
  print('warm', warm)
}

/** Milliseconds of one start, which is stopped again. */
async function measureOne(dataDirectory: string, compileCache: string): Promise<number> {
  const began = performance.now()
  const server = spawn('npm', ['start', '--silent'], {
    cwd: ROOT,
    // A group of its own: npm, its shell and the server are stopped together.
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      PORT: '0',
      PATCHBAY_DATA_DIR: dataDirectory,
      PATCHBAY_LOG_LEVEL: 'error',
      NODE_COMPILE_CACHE: compileCache,
    },
  })
  const deadline = setTimeout(() => signalGroup(server, 'SIGKILL'), DEADLINE_MS)
  try {
    const { url, key } = await greeting(server)
    await ask(url, key)
    return performance.now() - began
  } finally {
    signalGroup(server, 'SIGTERM')
    await groupGone(server)
    clearTimeout(deadline)
  }
}

/** What the server prints when it is up. */
async function greeting(server: ChildProcess): Promise<{ url: string; key: string }> {
  let url = ''
  for await (const line of createInterface({ input: server.stdout! })) {
    url ||= /^GraphiQL\s+(http\S+)/.exec(line)?.[1] ?? ''
    const key = /^Admin key\s+(\S+)/.exec(line)?.[1]
    if (key !== undefined) return { url, key }
  }
  throw new Error('The server ended before it was up.')
}

async function ask(url: string, key: string): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query: '{ plugins(first: 1) { totalCount } }' }),
  })
  const answer = (await response.json()) as { data?: { plugins: { totalCount: number } | null } }
  if (answer.data?.plugins?.totalCount !== 0)
    throw new Error(`An answer was expected: ${JSON.stringify(answer)}`)
}

/** False where no process of the group is left. */
function signalGroup(server: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (server.pid === undefined) return false
  try {
    return process.kill(-server.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

/** npm ends before the server does, which stops its database first. */
async function groupGone(server: ChildProcess): Promise<void> {
  while (signalGroup(server, 0)) await pause(20)
}

function print(what: string, times: readonly number[]): void {
  const sorted = times.toSorted((a, b) => a - b)
  const [least, median, most] = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)].map((ms) =>
    ((ms ?? 0) / 1000).toFixed(2),
  )
  process.stdout.write(`${what.padEnd(28)}${median} s  (${least} to ${most})\n`)
}
