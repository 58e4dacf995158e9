import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, realpath, rm, writeFile, mkdir } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { CreateApiKeyDocument, type Role } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import type { TestStage } from '../../support/stage.ts'

/** What `npx patchbay` starts. */
export const ENTRY = fileURLToPath(new URL('../../../src/cli/patchbay.mjs', import.meta.url))

/** How a command ended. */
export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
  /** Standard output, a JSON document a line. */
  documents: Document[]
}

// oxlint-disable-next-line typescript/no-explicit-any -- documents of every shape, looked at by matchers
export type Document = Record<string, any>

export interface CommandOptions {
  cwd: string
  env?: Record<string, string>
  /** For standard input, which else is closed. */
  input?: string
  /** The Node that starts it; ours where left out. */
  node?: string
  uid?: number
}

/** A command that runs. */
export interface Running {
  process: ChildProcess
  /** What it has written so far. */
  output: () => { stdout: string; stderr: string }
  ended: Promise<Ended>
}

/** Starts the real command in a process of its own, with no environment but what is given; it ends with the test. */
export function start(args: readonly string[], options: CommandOptions): Running {
  const { cwd, env = {}, input, node = process.execPath, uid } = options
  const child = spawn(node, [ENTRY, ...args], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: cwd, XDG_CONFIG_HOME: path.join(cwd, 'config'), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid }),
  })
  child.stdin.end(input ?? '')
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr, documents: args.includes('--json') ? parse(stdout) : [] })
    })
  })
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return { process: child, output: () => ({ stdout, stderr }), ended }
}

/** Runs the real command to its end. */
export async function patchbay(args: readonly string[], options: CommandOptions): Promise<Ended> {
  return await start(args, options).ended
}

/** An empty folder that goes with the test. */
export async function emptyFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(path.join(os.tmpdir(), 'patchbay-cli-')))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Writes files below a folder. */
export async function writeFiles(folder: string, files: Record<string, string | Uint8Array>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true })
    await writeFile(path.join(folder, name), content)
  }
}

/** An API key on the platform. */
export async function keyOf(stage: TestStage, role: Role, name: string = role): Promise<string> {
  const { createApiKey } = await stage.admin.request(CreateApiKeyDocument, { input: { name, role } })
  return accepted(createApiKey).secret!
}

function parse(stdout: string): Document[] {
  const lines = stdout.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as Document)
}
