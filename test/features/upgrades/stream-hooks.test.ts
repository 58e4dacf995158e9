import { afterAll, beforeAll, expect, test } from 'vitest'
import { SERVICE } from '../../../src/auth/actor.ts'
import { recordOfHost } from '../../../src/events/record.ts'
import { deliverEvent } from '../../../src/features/execution/deliver-event.ts'
import { queueJob } from '../../../src/features/execution/queue-job.ts'
import { runQueuedJob } from '../../../src/features/execution/run-queued-job.ts'
import { DispatchHookDocument } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { codesOf, openStage, publishPlugin, rowId, run, type TestStage } from '../../support/stage.ts'
import { rollback, statesOf, upgrade } from './support.ts'

let server: TestServer
let stage: TestStage
beforeAll(async () => {
  server = await startTestServer()
  stage = await openStage(server)
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

const HOOKS = ['service_provision', 'service_suspend']

/** Answers with its version; to the second hook only after a while. */
const answering = (more = '') => `export default {
  hooks: {
    service_provision: (ctx) => ctx.plugin.version,
    service_suspend: async (ctx) => {
      await new Promise((resolve) => setTimeout(resolve, 2000))
      return ctx.plugin.version
    },
  }, ${more}
}`

interface Answer {
  begun: number
  ended: number
  version: unknown
}

/** Calls a hook, and gives what the one plugin answers. */
async function call(hook: string): Promise<unknown> {
  const input = { siteId: stage.siteIds[0]!, hook, payload: {} }
  const { results } = accepted((await stage.operator.request(DispatchHookDocument, { input })).dispatchHook)
  return results.length === 1 ? results[0]!.value : results
}

/** Calls the quick hook in a loop, some at once, until it is stopped. */
function stream() {
  const answers: Answer[] = []
  let goes = true
  const loop = async (): Promise<void> => {
    while (goes) {
      const begun = performance.now()
      const version = await call(HOOKS[0]!)
      answers.push({ begun, ended: performance.now(), version })
    }
  }
  const loops = Promise.all([loop(), loop(), loop()])
  // Waited for in the end; a failure may come before.
  loops.catch(() => undefined)
  const enough = async (): Promise<void> => {
    const seen = answers.length
    await expect.poll(() => answers.length, { timeout: 20_000 }).toBeGreaterThan(seen + 12)
  }
  const stop = async (): Promise<Answer[]> => {
    goes = false
    await loops
    return answers
  }
  return { enough, stop }
}

/** A slow call that has begun: what it will answer. */
async function beginSlow(): Promise<() => Promise<unknown>> {
  const begun = async () => await server.app.database.prisma.invocation.count({ where: { name: HOOKS[1]! } })
  const before = await begun()
  const answer = call(HOOKS[1]!)
  await expect.poll(begun, { interval: 5 }).toBeGreaterThan(before)
  return () => answer
}

test('hooks that are streamed through upgrades and a rollback see no error, no gap, and no old version after the switch', async () => {
  const one = await run(stage, { id: 'speaker', hooks: HOOKS }, answering())
  const next = await publishPlugin(stage, { id: 'speaker', version: '1.1.0', hooks: HOOKS }, answering())
  const bad = await publishPlugin(
    stage,
    { id: 'speaker', version: '1.2.0', hooks: HOOKS },
    answering(`onUpgrade() { throw new Error('broken') }`),
  )
  const streaming = stream()
  await streaming.enough()
  const slowOnOld = await beginSlow()
  const began = performance.now()
  const two = accepted(await upgrade(stage, one, next)).installation!.id
  const upgraded = performance.now()
  await streaming.enough()
  expect(codesOf(await upgrade(stage, two, bad))).toEqual(['SANDBOX_ERROR'])
  await streaming.enough()
  const slowOnNew = await beginSlow()
  const returning = performance.now()
  accepted(await rollback(stage, two))
  const returned = performance.now()
  await streaming.enough()
  const answers = await streaming.stop()
  for (const { begun, ended, version } of answers) {
    if (ended < began || begun > returned) expect(version).toBe('1.0.0')
    else if (begun > upgraded && ended < returning) expect(version).toBe('1.1.0')
    else expect(version).toMatch(/^1\.[01]\.0$/)
  }
  expect(new Set(answers.map(({ version }) => version))).toEqual(new Set(['1.0.0', '1.1.0']))
  expect([await slowOnOld(), await slowOnNew()]).toEqual(['1.0.0', '1.1.0'])
  expect(await statesOf(server, 'speaker')).toEqual([
    '1.0.0 INACTIVE',
    '1.1.0 INACTIVE',
    '1.2.0 FAILED',
    '1.0.0 ACTIVE *',
  ])
  const { rows } = await server.app.database.pool.query(
    `select count(*)::int as n from invocation where kind = 'HOOK' and (outcome <> 'OK' or outcome is null)`,
  )
  expect(rows).toEqual([{ n: 0 }])
})

test('events and jobs that waited for the old version are done by the new one', async () => {
  const change = {
    id: 'waiter',
    events: ['auth.user.created'],
    jobs: [{ name: 'sweep', schedule: '0 2 * * *' }],
  }
  const code = `export default { events: { 'auth.user.created': () => {} }, jobs: { sweep: (ctx) => ctx.plugin.version } }`
  const one = await run(stage, change, code)
  const two = accepted(
    await upgrade(stage, one, await publishPlugin(stage, { ...change, version: '1.1.0' }, code)),
  ).installation!.id
  const { prisma } = server.app.database
  const old = await prisma.installation.findUniqueOrThrow({
    where: { id: rowId(one) },
    select: { id: true, organizationId: true, siteId: true, pluginId: true },
  })
  const { organizationId, siteId, id: installationId } = old
  const at = new Date()
  const [eventId, invocationId] = await prisma.$transaction(async (tx) => [
    await recordOfHost(
      tx,
      'auth.user.created',
      {},
      {
        organizationId: null,
        siteId: null,
        actorId: null,
        at,
      },
    ),
    await queueJob(tx, server.app, old, { job: 'sweep', payload: null, scheduledFor: null }, SERVICE),
  ])
  await deliverEvent(server.app, { eventId: eventId, installationId })
  await runQueuedJob(server.app, { invocationId: invocationId, installationId, job: 'sweep', payload: null })
  const done = await prisma.invocation.findMany({
    where: { siteId, organizationId, kind: { in: ['EVENT', 'JOB'] } },
    select: { kind: true, outcome: true, installationId: true },
    orderBy: { kind: 'asc' },
  })
  expect(done).toEqual(
    expect.arrayContaining([
      { kind: 'EVENT', outcome: 'OK', installationId: rowId(two) },
      { kind: 'JOB', outcome: 'OK', installationId: rowId(two) },
    ]),
  )
})
