import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished, vi } from 'vitest'
import { isAlive } from '../../support/child-processes.ts'
import { processesIn } from '../../support/children.ts'
import { treeOf } from './process-tree.ts'

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url))

/** What the issue allows for an orderly end, and for what `kill -9` leaves to go by itself. */
export const TEN_SECONDS = { timeout: 10_000, interval: 50 }

/** What a start tells a person. */
export interface Greeting {
  /** Address without a path. */
  url: string
  dataDirectory: string
  adminKey: string
  /** Its lines as they stand. */
  lines: string[]
}

export interface End {
  code: number | null
  signal: NodeJS.Signals | null
}

/** A service in a process of its own (and of a process group of its own, as a terminal gives it). */
export interface LaunchedService {
  process: ChildProcess
  dataDirectory: string
  /** Everything on standard output and on standard error so far. */
  output(): { stdout: string; stderr: string }
  /** The four lines; rejects with standard error where it ends before. */
  greeting(): Promise<Greeting>
  ended: Promise<End>
  /** To the process alone. */
  signal(signal: NodeJS.Signals): void
  /** To its whole group, as Ctrl-C in a terminal. */
  signalGroup(signal: NodeJS.Signals): void
  /** Processes of this service that live now; those that were seen before are remembered. */
  processes(): Promise<number[]>
}

export interface LaunchOptions {
  dataDirectory: string
  env?: Record<string, string>
  /** `npm start` instead of what it starts. */
  npm?: boolean
}

/** Starts the service as `npm start` does; it is killed with the test. */
export function launch({ dataDirectory, env = {}, npm = false }: LaunchOptions): LaunchedService {
  const child = spawn(npm ? 'npm' : process.execPath, [npm ? 'start' : 'src/main.ts'], {
    cwd: PROJECT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: `${path.join(PROJECT, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`,
      HOME: process.env['HOME'] ?? '/',
      PORT: '0',
      PATCHBAY_DATA_DIR: dataDirectory,
      PLUGIN_PROCESSES: '2',
      ...env,
    },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = new Promise<End>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }))
  })
  let over = false
  void ended.then(() => (over = true))
  const seen = new Set<number>()
  const service: LaunchedService = {
    process: child,
    dataDirectory,
    output: () => ({ stdout, stderr }),
    async greeting() {
      await vi.waitUntil(() => over || /^Next .*\n/m.test(stdout), { timeout: 30_000, interval: 10 })
      if (!/^Next .*\n/m.test(stdout)) throw new Error(`It has ended: ${stderr}${stdout}`)
      return readGreeting(stdout)
    },
    ended,
    signal: (signal) => void child.kill(signal),
    signalGroup: (signal) => void process.kill(-child.pid!, signal),
    async processes() {
      const found = [...treeOf(child.pid!), ...(await processesIn(dataDirectory))]
      for (const pid of found) seen.add(pid)
      return [...seen].filter(isAlive)
    },
  }
  onTestFinished(async () => {
    for (const pid of await service.processes()) killIfThere(pid)
    await ended
  })
  return service
}

/** An empty directory that goes with the test. */
export async function emptyDirectory(): Promise<string> {
  const directory = await realpath(await mkdtemp(path.join(os.tmpdir(), 'patchbay-process-')))
  onTestFinished(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }))
  return directory
}

/** Waits until all that belonged to a service is gone, for 10 s at most. */
export async function nothingLeft(service: LaunchedService): Promise<void> {
  await vi.waitUntil(async () => (await service.processes()).length === 0, TEN_SECONDS)
}

function readGreeting(stdout: string): Greeting {
  const lines = stdout.split('\n')
  const line = (label: string): string => lines.find((text) => text.startsWith(`${label} `)) ?? ''
  return {
    url: line('GraphiQL').match(/http:\/\/[^/ ]+/)?.[0] ?? '',
    dataDirectory: line('Data').slice('Data'.length).trim(),
    adminKey: line('Admin key').match(/pbk_\S+/)?.[0] ?? '',
    lines: ['GraphiQL', 'Data', 'Admin key', 'Next'].map(line),
  }
}

/** SIGKILL to a process that may have ended by itself meanwhile, as those of a database do. */
export function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
