import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { graphClient, type GraphClient } from '../../scripts/lib/graph-client.ts'
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

/** A service whose slow plugin runs a job. */
async function withRunningJob(
  service: LaunchedService,
  ms: number,
): Promise<{ url: string; adminKey: string; admin: GraphClient; invocationId: string }> {
  const { url, adminKey } = await service.greeting()
  const admin = graphClient(url, adminKey)
  const [siteId] = await makeSites(admin, 'north')
  const installationId = await runAtSite(admin, siteId!, await publishSlowPlugin(admin, {}))
  const invocationId = await queueJob(admin, installationId, ms)
  await vi.waitUntil(async () => (await jobRuns(admin))[0]?.status === 'RUNNING', TEN_SECONDS)
  return { url, adminKey, admin, invocationId }
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

test('SIGTERM lets a job end that is nearly done, and closes subscriptions with 1012 (service restart)', async () => {
  const dataDirectory = await emptyDirectory()
  const service = launch({ dataDirectory, env })
  const { url, adminKey } = await withRunningJob(service, 1500)
  const closed = once(await subscribe(url, adminKey), 'close')
  await service.processes()

  service.signal('SIGTERM')

  await endsWell(service)
  expect((await closed)[0]).toBe(1012)
  const next = launch({ dataDirectory, env })
  const greeting = await next.greeting()
  expect(await jobRuns(graphClient(greeting.url, greeting.adminKey))).toMatchObject([
    { status: 'FINISHED', outcome: 'OK' },
  ])
  next.signal('SIGTERM')
  await endsWell(next)
})

test('SIGTERM hands back a job that takes too long: the next start runs it again', async () => {
  const dataDirectory = await emptyDirectory()
  const service = launch({ dataDirectory, env })
  const { admin, invocationId } = await withRunningJob(service, 25_000)
  const [before] = await jobRuns(admin)
  await service.processes()

  service.signal('SIGTERM')

  await endsWell(service)
  const next = launch({ dataDirectory, env })
  const greeting = await next.greeting()
  const again = graphClient(greeting.url, greeting.adminKey)
  const rerun = await vi.waitUntil(async (): Promise<InvocationRow[] | null> => {
    const runs = await jobRuns(again)
    return runs[0]?.status === 'RUNNING' ? runs : null
  }, TEN_SECONDS)
  expect(rerun).toMatchObject([{ id: invocationId, outcome: null, error: null }])
  expect(rerun[0]!.startedAt).not.toBe(before!.startedAt)
})

test('Ctrl-C in a terminal reaches the whole group, also twice: it ends well', async () => {
  const service = launch({ dataDirectory: await emptyDirectory() })
  await service.greeting()
  await service.processes()

  service.signalGroup('SIGINT')
  await vi.waitUntil(() => service.output().stdout.includes('"stopping"'), TEN_SECONDS)
  service.signalGroup('SIGINT')

  await endsWell(service)
  expect(service.output().stderr).toBe('')
})

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
    await vi.waitUntil(async () => (await readdir(service.dataDirectory)).includes(file), {
      timeout: 10_000,
      interval: 5,
    })
    await service.processes()

    service.signal('SIGTERM')

    expect(await service.ended).toEqual({ code: 0, signal: null })
    await nothingLeft(service)
    expect(service.output().stderr).toBe('')
  },
)

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
