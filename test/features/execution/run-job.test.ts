import { afterAll, beforeAll, expect, test } from 'vitest'
import { JobsDocument, RunJobDocument } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { runQueuedJob } from '../../../src/features/execution/run-queued-job.ts'
import { scheduleDueJobs } from '../../../src/features/execution/schedule-due-jobs.ts'
import { moveJobs, scheduleJobs, unscheduleJobs } from '../../../src/features/installations/job-schedules.ts'
import type { Manifest } from '../../../src/archive/manifest.ts'
import { newId } from '../../../src/lib/ids.ts'
import { hours, minutes } from '../../../src/lib/units.ts'
import { inTransaction } from '../../../src/platform/database.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { eventually } from '../../support/http.ts'
import { startTwin } from '../../support/life.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { codesOf, openStage, refusalOf, rowId, run, type TestStage } from '../../support/stage.ts'

const clock = new FakeClock(new Date())
let server: TestServer
let stage: TestStage
let installationId: string
beforeAll(async () => {
  server = await startTestServer({ clock, worker: false })
  stage = await openStage(server)
  const jobs = [
    { name: 'tidy', schedule: '*/10 * * * *', timeoutSeconds: 20 },
    { name: 'ask', timeoutSeconds: 20 },
  ]
  installationId = await run(stage, { id: 'two-jobs', jobs }, CODE)
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

const CODE = `import { definePlugin } from 'patchbay'
const work = async (ctx, payload) => {
  await new Promise((resolve) => setTimeout(resolve, payload?.ms ?? 0))
  return { done: true }
}
export default definePlugin({ jobs: { tidy: work, ask: work } })`

async function runJob(job: string, more: { wait?: boolean; payload?: object } = {}) {
  return (await stage.operator.request(RunJobDocument, { input: { installationId, job, ...more } })).runJob
}

interface Run {
  id: string
  status: string
  outcome: string | null
}

async function runs(name: string): Promise<Run[]> {
  const { rows } = await server.app.database.pool.query<Run>(
    `select id, status::text, outcome::text from invocation where kind = 'JOB' and name = $1 order by id`,
    [name],
  )
  return rows
}

const work = (invocationId: string, job: string) =>
  runQueuedJob(server.app, { invocationId, installationId: rowId(installationId), job, payload: null })

test('a job that runs is not run beside itself: now is refused with the id of the one that runs, queued waits', async () => {
  const long = runJob('ask', { payload: { ms: 1000 } })
  await eventually('it runs', async () => (await runs('ask'))[0]?.status === 'RUNNING')
  const [first] = await runs('ask')
  const refusal = await runJob('ask')
  expect(codesOf(refusal)).toEqual(['INVALID_STATE'])
  expect(refusal.userErrors[0]!.message).toContain(Buffer.from(`Invocation:${first!.id}`).toString('base64'))
  const queued = rowId(accepted(await runJob('ask', { wait: false })).invocation!.id)
  const again = await work(queued, 'ask')
  expect(again?.inMs).toBeGreaterThanOrEqual(1000)
  expect((await runs('ask')).map(({ status }) => status)).toEqual(['RUNNING', 'QUEUED'])
  accepted(await long)
  expect(await work(queued, 'ask')).toBeNull()
  expect((await runs('ask')).map(({ outcome }) => outcome)).toEqual(['OK', 'OK'])
  // Another job of the same installation may run meanwhile.
  const other = runJob('ask', { payload: { ms: 500 } })
  accepted(await runJob('tidy'))
  accepted(await other)
})

test('of two processes whose workers come for a job at once one begins a run, and all others wait', async () => {
  // The plugin finds out by itself where it runs twice: the second one's document is refused.
  const alone = await run(
    stage,
    {
      id: 'alone',
      jobs: [{ name: 'alone' }],
      permissions: ['storage:read', 'storage:write'],
      collections: {
        running: { schema: { type: 'object', properties: { job: { type: 'string' } } }, unique: ['job'] },
      },
    },
    `import { definePlugin } from 'patchbay'
    export default definePlugin({ jobs: { async alone({ collections: { running } }) {
      const { id } = await running.insert({ job: 'alone' })
      await new Promise((resolve) => setTimeout(resolve, 100))
      await running.delete(id)
    } } })`,
  )
  const twin = await startTwin(server)
  const input = { installationId: alone, job: 'alone', wait: false }
  const queue = async () =>
    rowId(accepted((await stage.operator.request(RunJobDocument, { input })).runJob).invocation!.id)
  let waiting = await Promise.all(Array.from({ length: 6 }, queue))
  while (waiting.length > 0) {
    const answers = await Promise.all(
      waiting.map((invocationId, index) =>
        runQueuedJob([server, twin][index % 2]!.app, {
          invocationId,
          installationId: rowId(alone),
          job: 'alone',
          payload: null,
        }),
      ),
    )
    expect(answers).toContain(null)
    waiting = waiting.filter((_, index) => answers[index] !== null)
  }
  expect((await runs('alone')).map(({ outcome }) => outcome)).toEqual(Array.from({ length: 6 }, () => 'OK'))
  // What is due is queued by one of them.
  clock.advance(minutes(10))
  const due = await Promise.all([server, server, server].map(({ app }) => scheduleDueJobs(app)))
  expect(due.reduce((sum, count) => sum + count)).toBe(1)
  expect(await work((await runs('tidy')).at(-1)!.id, 'tidy')).toBeNull()
  await twin.close()
})

test('however many runs were missed it is run once, and not before the one that goes on has ended', async () => {
  const before = (await runs('tidy')).length
  clock.advance(hours(5))
  expect(await scheduleDueJobs(server.app)).toBe(1)
  expect(await scheduleDueJobs(server.app)).toBe(0)
  clock.advance(minutes(30))
  // Due again, but the former run still waits.
  expect(await scheduleDueJobs(server.app)).toBe(0)
  const [queued] = (await runs('tidy')).slice(before)
  expect(await work(queued!.id, 'tidy')).toBeNull()
  expect(await scheduleDueJobs(server.app)).toBe(1)
  const latest = (await runs('tidy')).at(-1)!
  expect(await work(latest.id, 'tidy')).toBeNull()
  expect((await runs('tidy')).slice(before)).toMatchObject([{ outcome: 'OK' }, { outcome: 'OK' }])
})

test('an upgrade takes the new schedule, and what was due and not begun yet stays due', async () => {
  const { prisma } = server.app.database
  const id = rowId(installationId)
  const now = clock.now()
  const jobs = [
    { name: 'tidy', schedule: '0 4 * * *', timeoutSeconds: null },
    { name: 'new', schedule: '0 5 * * *', timeoutSeconds: null },
  ]
  const manifest = { entry: 'main.js', jobs } as unknown as Manifest
  const times = async () =>
    (
      await prisma.jobSchedule.findMany({
        where: { installationId: id },
        select: { name: true, schedule: true, nextRunAt: true },
        orderBy: { name: 'asc' },
      })
    ).map(({ name, schedule, nextRunAt }) => [name, schedule, nextRunAt!.getUTCHours(), nextRunAt! <= now])
  await inTransaction(prisma, (tx) => moveJobs(tx, id, id, manifest, now))
  expect(await times()).toEqual([
    ['new', '0 5 * * *', 5, false],
    ['tidy', '0 4 * * *', 4, false],
  ])
  await prisma.jobSchedule.updateMany({
    where: { installationId: id, name: 'tidy' },
    data: { nextRunAt: now },
  })
  const changed = { ...manifest, jobs: [{ ...jobs[0]!, schedule: '0 6 * * *' }] } as Manifest
  await inTransaction(prisma, (tx) => moveJobs(tx, id, id, changed, now))
  expect(await times()).toEqual([['tidy', '0 6 * * *', now.getUTCHours(), true]])
  await inTransaction(prisma, async (tx) => {
    await unscheduleJobs(tx, id)
    await scheduleJobs(tx, id, manifest, now)
  })
})

test('of one job a hundred runs may wait; a run that was lost long ago holds nobody up', async () => {
  const { prisma } = server.app.database
  const made = await prisma.installation.findUniqueOrThrow({ where: { id: rowId(installationId) } })
  const at = { organizationId: made.organizationId, siteId: made.siteId, installationId: made.id }
  const waiting = Array.from({ length: 100 }, () => ({
    id: newId(),
    ...at,
    kind: 'JOB' as const,
    name: 'tidy',
  }))
  await prisma.invocation.createMany({ data: waiting.map((it) => ({ ...it, status: 'QUEUED' as const })) })
  expect(await refusalOf(runJob('tidy', { wait: false }))).toMatchObject({ code: 'RATE_LIMITED' })
  await prisma.invocation.deleteMany({ where: { id: { in: waiting.map(({ id }) => id) } } })
  const startedAt = new Date(clock.now().getTime() - hours(3))
  await prisma.invocation.create({ data: { ...waiting[0]!, status: 'RUNNING', startedAt } })
  accepted(await runJob('tidy'))
  await prisma.invocation.delete({ where: { id: waiting[0]!.id } })
})

test('a run whose installation is just being replaced is not begun; it is looked at again', async () => {
  const { prisma } = server.app.database
  const id = rowId(installationId)
  const invocationId = rowId(accepted(await runJob('tidy', { wait: false })).invocation!.id)
  const held = await prisma.jobSchedule.findMany({ where: { installationId: id } })
  await prisma.jobSchedule.deleteMany({ where: { installationId: id } })
  expect((await work(invocationId, 'tidy'))?.inMs).toBeGreaterThan(0)
  await prisma.jobSchedule.createMany({ data: held })
  expect(await work(invocationId, 'tidy')).toBeNull()
})

test('the graph tells of each job its schedule, its next time, and how its runs went', async () => {
  const { node } = await stage.operator.request(JobsDocument, { installationId })
  const jobs = node !== null && 'jobs' in node ? node.jobs : []
  expect(jobs.map(({ name, schedule, nextRunAt }) => [name, schedule, nextRunAt !== null])).toEqual([
    ['tidy', '*/10 * * * *', true],
    ['ask', null, false],
  ])
  const [tidy, ask] = jobs
  expect(tidy!.runs.totalCount).toBe((await runs('tidy')).length)
  expect(ask!.lastRun).toMatchObject({ id: ask!.runs.nodes[0]!.id, outcome: 'OK', error: null })
  expect(ask!.runs.nodes.every(({ durationMs }) => durationMs! > 0)).toBe(true)
})
