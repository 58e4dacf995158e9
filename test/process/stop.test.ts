import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { graphClient, type GraphClient } from '../../scripts/lib/graph-client.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { createLog } from '../../src/platform/log.ts'
import { startService } from '../../src/service.ts'
import {
  emptyDirectory,
  launch,
  nothingLeft,
  TEN_SECONDS,
  type LaunchedService,
} from './support/launched-service.ts'
import { publishSlowPlugin, runAtSite } from './support/slow-plugin.ts'
import { jobRuns, makeSites, queueJob, type InvocationRow } from './support/stage.ts'

const env = { PATCHBAY_ALLOW_SELF_REVIEW: 'true' }
/** Of a job that a stop waits for. */
const NEARLY_DONE_MS = 1500

/** Starts a job of the slow plugin that takes so long. Returns its invocation's id. */
async function startJob(admin: GraphClient, installationId: string, ms: number): Promise<string> {
  const invocationId = await queueJob(admin, installationId, ms)
  await vi.waitUntil(async () => (await jobRuns(admin))[0]?.status === 'RUNNING', TEN_SECONDS)
  return invocationId
}

/** It ends with 0 within 10 s of now, and leaves no process. */
async function endsWell(service: LaunchedService): Promise<void> {
  let end: Awaited<LaunchedService['ended']> | null = null
  void service.ended.then((it) => (end = it))
  await vi.waitUntil(() => end !== null, TEN_SECONDS)
  expect(end).toEqual({ code: 0, signal: null })
  await nothingLeft(service)
  expect(await readdir(path.join(service.dataDirectory, 'database'))).not.toContain('postmaster.pid')
}

test('a job that is nearly done ends well, at SIGTERM and at Ctrl-C; what takes too long is handed back, and the next start runs it again', async () => {
  const dataDirectory = await emptyDirectory()
  const start = async () => {
    const service = launch({ dataDirectory, env })
    const { url, adminKey } = await service.greeting()
    return { service, url, adminKey, admin: graphClient(url, adminKey) }
  }
  const first = await start()
  const [siteId] = await makeSites(first.admin, 'north')
  const installationId = await runAtSite(first.admin, siteId!, await publishSlowPlugin(first.admin, {}))
  await startJob(first.admin, installationId, NEARLY_DONE_MS)
  const closed = once(await subscribe(first.url, first.adminKey), 'close')
  await first.service.processes()

  first.service.signal('SIGTERM')

  await endsWell(first.service)
  // Service restart.
  expect((await closed)[0]).toBe(1012)
  const second = await start()
  expect(await jobRuns(second.admin)).toMatchObject([{ status: 'FINISHED', outcome: 'OK' }])
  await startJob(second.admin, installationId, NEARLY_DONE_MS)
  await second.service.processes()

  // As a terminal has it: the whole group, and by somebody without patience twice.
  second.service.signalGroup('SIGINT')
  await vi.waitUntil(() => second.service.output().stdout.includes('"stopping"'), TEN_SECONDS)
  second.service.signalGroup('SIGINT')

  await endsWell(second.service)
  expect(second.service.output().stderr).toBe('')
  const third = await start()
  expect(await jobRuns(third.admin)).toMatchObject([{ outcome: 'OK' }, { outcome: 'OK' }])
  const invocationId = await startJob(third.admin, installationId, 25_000)
  const [before] = await jobRuns(third.admin)
  await third.service.processes()

  third.service.signal('SIGTERM')

  await endsWell(third.service)
  const last = await start()
  const rerun = await vi.waitUntil(async (): Promise<InvocationRow | null> => {
    const [run] = await jobRuns(last.admin)
    return run?.status === 'RUNNING' ? run : null
  }, TEN_SECONDS)
  expect(rerun).toMatchObject({ id: invocationId, outcome: null, error: null })
  expect(rerun.startedAt).not.toBe(before!.startedAt)
}, 60_000)

// What npm itself ends with is npm's.
test.each([
  ['Ctrl-C in the terminal of npm start', (it: LaunchedService) => it.signalGroup('SIGINT')],
  ['SIGTERM to npm alone', (it: LaunchedService) => it.signal('SIGTERM')],
])('%s stops the service', async (_what, signal) => {
  const service = launch({ dataDirectory: await emptyDirectory(), npm: true })
  await service.greeting()
  await service.processes()

  signal(service)

  await nothingLeft(service)
  await service.ended
  expect(service.output().stdout).toContain('"stopping"')
  expect(service.output().stderr).not.toMatch(/^patchbay/m)
  expect(await readdir(path.join(service.dataDirectory, 'database'))).not.toContain('postmaster.pid')
})

test.each(['lock', 'database', 'admin.key'])(
  'SIGTERM while it starts, at the moment when %s appears, ends well',
  async (file) => {
    const service = launch({ dataDirectory: await emptyDirectory() })
    // As long as a greeting may take: where the machine is busy, this is most of a start.
    await vi.waitUntil(async () => (await readdir(service.dataDirectory)).includes(file), {
      timeout: 30_000,
      interval: 5,
    })
    await service.processes()

    service.signal('SIGTERM')

    expect(await service.ended).toEqual({ code: 0, signal: null })
    await nothingLeft(service)
    expect(service.output().stderr).toBe('')
  },
  60_000,
)

test('a start that is to end goes no further', async () => {
  const dataDirectory = await emptyDirectory()
  const config = loadConfig({ PATCHBAY_DATA_DIR: dataDirectory })
  const onFailure = (): void => undefined
  const starting = startService({ config, log: createLog('error'), onFailure, signal: AbortSignal.abort() })
  await expect(starting).rejects.toThrow('aborted')
  expect(await readdir(dataDirectory)).toEqual(['lock'])
})

/** A WebSocket with a running subscription. */
async function subscribe(url: string, adminKey: string): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws')
  const send = (message: object): void => socket.send(JSON.stringify(message))
  await once(socket, 'open')
  send({ type: 'connection_init', payload: { authorization: `Bearer ${adminKey}` } })
  await once(socket, 'message')
  send({ id: '1', type: 'subscribe', payload: { query: 'subscription { events { id } }' } })
  // What comes after it is answered after it.
  send({ type: 'ping' })
  await once(socket, 'message')
  return socket
}
