import { afterAll, beforeAll, expect, test } from 'vitest'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { askDueHealth } from '../../../src/features/health/ask-due-health.ts'
import { flushObservations } from '../../../src/features/health/record-observations.ts'
import { DispatchHookDocument } from '../../../schema/generated/graphql.ts'
import { hours, seconds } from '../../../src/lib/units.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { install, openStage, publishPlugin, rowId, run, type TestStage } from '../../support/stage.ts'

const clock = new FakeClock(new Date())
let server: TestServer
let stage: TestStage
beforeAll(async () => {
  server = await startTestServer({
    clock,
    worker: false,
    env: { PLUGIN_TIMEOUT_SECONDS: '1' },
    // What is measured beside is written when it is asked for.
    config: { healthFlushMs: hours(1) },
  })
  stage = await openStage(server)
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

const plugin = (members: string): string =>
  `import { definePlugin } from 'patchbay'\nexport default definePlugin({ ${members} })`

/** Lets the time pass after which those with a handler are asked. */
async function interval(): Promise<void> {
  clock.advance(seconds(30))
  await askDueHealth(server.app)
}

async function healthOf(installationId: string): Promise<[string, string | null]> {
  const { healthStatus, healthMessage } = await server.app.database.prisma.installation.findUniqueOrThrow({
    where: { id: rowId(installationId) },
    select: { healthStatus: true, healthMessage: true },
  })
  return [healthStatus, healthMessage]
}

async function timesAsked(installationId: string): Promise<number> {
  return await server.app.database.prisma.invocation.count({
    where: { installationId: rowId(installationId), kind: 'HEALTH' },
  })
}

test('a plugin is asked every 30 s by one of the workers, and what it says is its health with its words', async () => {
  const code = plugin(
    `health: () => ({ status: 'degraded', message: 'the router is slow' }), hooks: { ping: () => 1 }`,
  )
  const installationId = await run(stage, { id: 'router-guard', hooks: ['ping'] }, code)
  await askDueHealth(server.app)
  expect(await timesAsked(installationId)).toBe(0)
  clock.advance(seconds(30))
  await Promise.all([1, 2, 3].map(() => askDueHealth(server.app)))
  expect(await timesAsked(installationId)).toBe(1)
  expect(await healthOf(installationId)).toEqual(['DEGRADED', 'the router is slow'])
  await interval()
  expect(await timesAsked(installationId)).toBe(2)
  // Calls that work say nothing against it.
  const input = { siteId: stage.siteIds[0]!, hook: 'ping', payload: {} }
  accepted((await stage.operator.request(DispatchHookDocument, { input })).dispatchHook)
  clock.advance(seconds(1))
  await flushObservations(server.app)
  expect(await healthOf(installationId)).toEqual(['DEGRADED', 'the router is slow'])
})

test('one that hangs or throws is unhealthy, and holds nobody up; once it answers it is as it says', async () => {
  const hanging = await run(stage, { id: 'hangs' }, plugin('health: () => new Promise(() => {})'))
  const throwing = await run(
    stage,
    { id: 'throws-up' },
    plugin(`health() { throw new Error('no database') }`),
  )
  const mended = await run(
    stage,
    {
      id: 'mends',
      settings: { type: 'object', properties: { mended: { type: 'boolean', default: false } } },
    },
    plugin(`health: (ctx) => (ctx.settings.mended ? 'healthy' : 'unhealthy')`),
  )
  await interval()
  const [status, message] = await healthOf(hanging)
  expect([status, message]).toEqual(['UNHEALTHY', 'Its health handler did not answer in time.'])
  expect(await healthOf(throwing)).toEqual(['UNHEALTHY', 'no database'])
  expect(await healthOf(mended)).toEqual(['UNHEALTHY', null])
  await server.app.database.prisma.installation.update({
    where: { id: rowId(mended) },
    data: { configuration: { mended: true } },
  })
  await interval()
  expect(await healthOf(mended)).toEqual(['HEALTHY', null])
})

test('one that takes all its time each time is asked after twice the pause, by whichever worker, until it answers once', async () => {
  const mended = { type: 'boolean', default: false }
  const id = await run(
    stage,
    { id: 'loops', settings: { type: 'object', properties: { mended } } },
    plugin(`health(ctx) { for (;;) if (ctx.settings.mended) return 'healthy' }`),
  )
  const askedInTurn: number[] = []
  const pass = async (intervals: number): Promise<void> => {
    for (let n = 0; n < intervals; n++) {
      await interval()
      askedInTurn.push(await timesAsked(id))
    }
  }
  await pass(4)
  // After 30 s, then after 60 s; the next would be after 120.
  expect(askedInTurn).toEqual([1, 1, 2, 2])
  expect(await healthOf(id)).toEqual(['UNHEALTHY', 'Its health handler did not answer in time.'])
  const row = { id: rowId(id) }
  const due = await server.app.database.prisma.installation.findUniqueOrThrow({ where: row })
  expect(due.healthDueAt).toEqual(new Date(clock.now().getTime() + seconds(90)))
  // However long it goes on, it is asked every eight minutes.
  const now = clock.now()
  await server.app.database.prisma.installation.update({
    where: row,
    data: { dearHealths: 2_000, healthDueAt: now },
  })
  await askDueHealth(server.app)
  const last = await server.app.database.prisma.installation.findUniqueOrThrow({ where: row })
  expect(last.healthDueAt).toEqual(new Date(now.getTime() + seconds(480)))
  await server.app.database.prisma.installation.update({
    where: row,
    data: { configuration: { mended: true }, healthDueAt: now },
  })
  askedInTurn.length = 0
  await pass(3)
  expect(askedInTurn).toEqual([4, 5, 6])
  expect(await healthOf(id)).toEqual(['HEALTHY', null])
})

test('whose package has no health handler is asked once, and nobody else of that package is', async () => {
  const packageId = await publishPlugin(stage, { id: 'silent' }, plugin('hooks: {}'))
  const ids: string[] = []
  for (const siteId of stage.siteIds.slice(0, 2))
    ids.push(accepted(await install(stage, packageId, { siteId, activate: true })).installation!.id)
  await server.app.database.prisma.installation.update({
    where: { id: rowId(ids[1]!) },
    data: { healthDueAt: new Date(clock.now().getTime() + seconds(40)) },
  })
  await interval()
  await interval()
  expect(await Promise.all(ids.map(timesAsked))).toEqual([1, 0])
  const siteId = stage.siteIds[2]!
  const third = accepted(await install(stage, packageId, { siteId, activate: true })).installation!.id
  const due = await server.app.database.prisma.installation.count({
    where: { packageId: rowId(packageId), healthDueAt: { not: null } },
  })
  expect(due).toBe(0)
  await interval()
  expect(await timesAsked(third)).toBe(0)
})
