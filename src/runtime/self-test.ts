import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { getPriority } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { seconds } from '../lib/units.ts'
import type { Launch } from './launch.ts'
import type { SandboxLayer, SandboxStatus } from './sandbox-status.ts'
import type { StartedProcess, Starter } from './starter.ts'

/** What the test program found from inside; a text says how it was stopped, '' that it was not. */
interface Report {
  read: string
  write: string
  process: string
  thread: string
  wasm: string
  data: string
  environment: number
  network: string
}

/** What the kernel says about the same process. */
interface OutsideView {
  limits: string
  status: string
  priority: number
}

/** Milliseconds; it takes some 100. */
const TEST_WITHIN_MS = seconds(15)

/** Layers without which plugin code must not run, on any platform. */
const REQUIRED = ['files', 'processes', 'threads', 'webassembly', 'environment']

/** Starts one process as runners are started, lets it try to break out, and says which layers held. */
export async function testSandbox(
  launch: Launch,
  starter: Starter,
): Promise<Pick<SandboxStatus, 'ok' | 'detail' | 'layers'>> {
  try {
    // Once more, since a busy machine may be too slow: where it is not known what holds, nothing runs.
    const { report, outside } = await attempt(launch, starter).catch(() => attempt(launch, starter))
    const layers = judge(launch, report, outside)
    const ok = REQUIRED.every((name) => layers.some((layer) => layer.name === name && layer.active))
    const missing = layers.filter(({ active }) => !active).map(({ name }) => name)
    const detail =
      missing.length === 0
        ? `All ${layers.length} layers of the sandbox are active.`
        : `${layers.length - missing.length} of ${layers.length} layers are active; not on this machine: ${missing.join(', ')}.`
    return { ok, detail, layers }
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown'
    return { ok: false, detail: `The sandbox could not be tested: ${reason}`, layers: [] }
  }
}

function judge(launch: Launch, report: Report, outside: OutsideView | undefined): SandboxLayer[] {
  const limit = (name: string): number => limitOf(outside?.limits ?? '', name)
  const unknown = 'the system does not tell'
  return [
    inside('files', report.read && report.write, 'node permission model'),
    inside('processes', report.process, 'node permission model'),
    inside('threads', report.thread, 'node permission model'),
    inside('webassembly', report.wasm, '--jitless'),
    {
      name: 'environment',
      active: report.environment === 0,
      detail: `${report.environment} environment variables`,
    },
    inside('network', report.network === 'ECONNREFUSED' ? '' : report.network, 'unshare -n'),
    inside('memory', report.data, `ulimit -d ${launch.dataKb}`),
    {
      name: 'cpu',
      active: Number.isFinite(limit('Max cpu time')),
      detail: outside ? `ulimit -t ${limit('Max cpu time')}` : unknown,
    },
    {
      name: 'core',
      active: limit('Max core file size') === 0,
      detail: outside ? `ulimit -c ${limit('Max core file size')}` : unknown,
    },
    {
      name: 'privileges',
      active: /^NoNewPrivs:\s*1$/m.test(outside?.status ?? '') && !/^Uid:\s*0\b/m.test(outside?.status ?? ''),
      detail: outside
        ? `user ${/^Uid:\s*(\d+)/m.exec(outside.status)?.[1] ?? '?'}, setpriv --no-new-privs`
        : unknown,
    },
    { name: 'priority', active: (outside?.priority ?? 0) > 0, detail: `nice ${outside?.priority ?? 0}` },
    {
      name: 'death-signal',
      active: launch.deathSignal,
      detail: launch.deathSignal
        ? 'setpriv --pdeathsig KILL'
        : 'ends at the end of its pipe, or by its CPU limit',
    },
  ]
}

function inside(name: string, stoppedBy: string, means: string): SandboxLayer {
  return {
    name,
    active: stoppedBy !== '',
    detail: stoppedBy === '' ? `not held (${means})` : `${means}: ${stoppedBy}`,
  }
}

/** The soft limit of a row of /proc/<pid>/limits; NaN where there is none, Infinity for `unlimited`. */
function limitOf(limits: string, name: string): number {
  const row = limits.split('\n').find((line) => line.startsWith(name))
  const value = row?.slice(name.length).trim().split(/\s+/)[0]
  return value === 'unlimited' ? Infinity : Number(value ?? NaN)
}

async function attempt(
  launch: Launch,
  starter: Starter,
): Promise<{ report: Report; outside: OutsideView | undefined }> {
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? String(address?.port) : '0'
  const foreignFile = fileURLToPath(import.meta.url)
  const script = [
    join(launch.folder, 'self-test.mjs'),
    launch.engine,
    foreignFile,
    port,
    String(launch.dataKb * 1024),
  ]
  // As runners have it from outside where it can be raised again.
  const child = starter.start([...launch.line, ...script], launch.raises ? 'ordinary' : undefined)
  const timer = setTimeout(() => child.kill(), TEST_WITHIN_MS)
  try {
    const report = await reportOf(child)
    return { report, outside: child.pid === undefined ? undefined : lookAt(child.pid) }
  } finally {
    clearTimeout(timer)
    child.kill()
    server.close()
    // No process of the test is left behind, however soon the runtime is closed again.
    await child.closed
  }
}

async function reportOf(child: StartedProcess): Promise<Report> {
  const pipes = await child.started
  let written = ''
  for await (const chunk of pipes?.stdout ?? []) {
    written += String(chunk)
    if (written.endsWith('\n')) return JSON.parse(written) as Report
  }
  const words = await child.closed
  throw new Error(words.trim().slice(0, 500) || 'it ended without a word')
}

function lookAt(pid: number): OutsideView | undefined {
  try {
    const read = (file: string): string => readFileSync(`/proc/${pid}/${file}`, 'utf8')
    return { limits: read('limits'), status: read('status'), priority: getPriority(pid) }
  } catch {
    return undefined
  }
}
