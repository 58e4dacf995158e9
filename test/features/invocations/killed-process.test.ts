import { afterAll, beforeAll, expect, test } from 'vitest'
import { invoke, type Invoked } from '../../../src/features/invocations/invoke.ts'
import { loadTarget } from '../../../src/features/invocations/target.ts'
import { writeEnding } from '../../../src/features/invocations/write-ending.ts'
import { writeMinutes } from '../../../src/features/invocations/write-minutes.ts'
import type { InvocationKind } from '../../../src/runtime/plugin-call.ts'
import { newId } from '../../../src/lib/ids.ts'
import { registerProcess } from '../../../src/platform/service-process.ts'
import { childrenOf } from '../../support/child-processes.ts'
import { eventually } from '../../support/http.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { openStage, rowId, run, type TestStage } from '../../support/stage.ts'

let server: TestServer
let stage: TestStage
let installationId: string
/** Children that are none of the sandbox. */
let others: Set<number>
beforeAll(async () => {
  others = new Set(childrenOf(process.pid))
  server = await startTestServer({ worker: false })
  stage = await openStage(server)
  const code = `import { definePlugin } from 'patchbay'
    const act = async (ctx) => {
      await ctx.events.emit('killed.begun', {})
      await new Promise((resolve) => setTimeout(resolve, 1000))
      return 'done'
    }
    export default definePlugin({ hooks: { x: act }, events: { 'x.y': act }, jobs: { x: act } })`
  const asked = { hooks: ['x'], events: ['x.y'], jobs: [{ name: 'x', schedule: '0 0 1 1 *' }] }
  installationId = await run(stage, { id: 'killed', permissions: ['events:emit'], ...asked }, code)
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

async function begun(): Promise<number> {
  return await server.app.database.prisma.event.count({ where: { type: 'killed.begun' } })
}

/** Runs a handler, and kills all processes of the sandbox once it has begun. */
async function killWithin(kind: InvocationKind, name: string): Promise<Invoked & { logs: unknown }> {
  const before = await begun()
  const target = await loadTarget(server.app, { id: rowId(installationId) })
  const running = invoke(server.app, target!, { kind, name, args: [{}] })
  await eventually('it has begun', async () => (await begun()) > before)
  for (const pid of childrenOf(process.pid)) if (!others.has(pid)) process.kill(pid, 'SIGKILL')
  const invoked = await running
  const { logs } = await server.app.database.prisma.invocation.findUniqueOrThrow({
    where: { id: invoked.invocationId },
    select: { logs: true },
  })
  return { ...invoked, logs }
}

const REPEATED = 'The process that ran it ended; it was run once more from its beginning.'

test.runIf(process.platform === 'linux')(
  'an event or a job whose process ends is run once more, and its log says so',
  async () => {
    for (const [kind, name] of [
      ['EVENT', 'x.y'],
      ['JOB', 'x'],
    ] as const) {
      const { result, logs } = await killWithin(kind, name)
      expect(result).toMatchObject({ outcome: 'OK', value: 'done' })
      expect(logs).toMatchObject([{ level: 'warn', message: REPEATED }])
    }
  },
)

test.runIf(process.platform === 'linux')(
  'a hook is not: somebody waits for it, and expects that it was done once',
  async () => {
    const before = await begun()
    const { result, logs } = await killWithin('HOOK', 'x')
    expect(result.outcome).toBe('CRASHED')
    expect(logs).toEqual([])
    expect(await begun()).toBe(before + 1)
  },
)

/** Invocations, errors and crashes that its minutes tell. */
async function counted(): Promise<number[]> {
  await writeMinutes(server.app)
  const { rows } = await server.app.database.pool.query<{ counts: number[] }>(
    `select array[sum(invocations), sum(errors), sum(crashed)]::int[] as counts
     from invocation_minute where installation_id = $1`,
    [rowId(installationId)],
  )
  return rows[0]!.counts
}

test('a run at whose end the database breaks off ends as it ended, a little later and once', async () => {
  const { owner, app } = server
  const before = { begun: await begun(), counted: await counted() }
  const target = await loadTarget(app, { id: rowId(installationId) })
  const running = invoke(app, target!, { kind: 'HOOK', name: 'x', args: [{}] })
  await eventually('it has begun', async () => (await begun()) > before.begun)
  const holder = await owner.connect()
  await holder.query('begin')
  await holder.query(`select from invocation where status = 'RUNNING' for update`)
  await eventually('its end is cut off', async () => {
    const { rowCount } = await owner.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock' and query like 'update invocation set status%'`,
    )
    return rowCount === 1
  })

  const { result, invocationId } = await running

  expect(result).toMatchObject({ outcome: 'OK', value: 'done' })
  expect(await counted()).toEqual(before.counted)
  await holder.query('rollback')
  holder.release()
  const seen = { where: { id: invocationId }, select: { status: true, outcome: true, hostCalls: true } }
  await eventually('it has ended', async () => {
    const row = await app.database.prisma.invocation.findUniqueOrThrow(seen)
    return row.status === 'FINISHED' && row.outcome === 'OK' && row.hostCalls === 1
  })
  await eventually('it is counted', async () => (await counted())[0] === before.counted[0]! + 1)
  // Who ends it again changes nothing; but where it was this end, to which only the answer was lost, the run is counted now.
  const where = { id: invocationId }
  const { finishedAt } = await app.database.prisma.invocation.findUniqueOrThrow({ where })
  const ended = { id: invocationId, target: target!, ending: { outcome: 'OK' as const } }
  await writeEnding(app, { ...ended, finishedAt: new Date(0) })
  expect((await counted())[0]).toBe(before.counted[0]! + 1)
  await writeEnding(app, { ...ended, finishedAt: finishedAt! })
  expect((await counted())[0]).toBe(before.counted[0]! + 2)
  const finishes = await owner.query('select from invocation_finish where invocation_id = $1', [invocationId])
  expect(finishes.rowCount).toBe(1)
})

test('runs that a dead process left are counted as crashed, each once', async () => {
  const { database, log, config, masterKeys } = server.app
  const dead = newId()
  await database.pool.query(
    `insert into service_process (id, role, queue_workers, started_at, beat_at, master_key_ids)
     values ($1, 'worker', '{}', now(), now() - interval '1 minute', '{}')`,
    [dead],
  )
  await database.pool.query(
    `insert into invocation (id, organization_id, site_id, installation_id, kind, name, status, process_id, started_at)
     select n::text::uuid, organization_id, site_id, id, 'HOOK', 'x', 'RUNNING', $2, now()
     from installation, unnest($3::text[]) n where id = $1`,
    [rowId(installationId), dead, [newId(), newId()]],
  )
  const before = await counted()
  const options = {
    role: config.role,
    alone: false,
    masterKeyIds: masterKeys.ids,
    onDeclaredDead: () => undefined,
  }
  for (let looks = 0; looks < 2; looks++) {
    const living = await registerProcess(database.pool, log, { id: newId(), ...options })
    await living.stop()
  }
  expect(await counted()).toEqual(before.map((count) => count + 2))
})
