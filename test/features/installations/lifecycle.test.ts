import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { DispatchHookDocument } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import {
  deactivate,
  eventsOf,
  FALLIBLE,
  FALLIBLE_SETTINGS,
  force,
  hooksOf,
  retry,
  rowsOf,
  uninstall,
} from '../../support/life.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import {
  activate,
  codesOf,
  install,
  openStage,
  publishPlugin,
  refusalOf,
  rowId,
  type TestStage,
} from '../../support/stage.ts'

let server: TestServer
let stage: TestStage
let packageId: string
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  stage = await openStage(server)
  packageId = await publishPlugin(stage, { id: 'fallible', settings: FALLIBLE_SETTINGS }, FALLIBLE)
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

const STATES = ['INSTALLING', 'INSTALLED', 'ACTIVE', 'INACTIVE', 'FAILED', 'UNINSTALLED'] as const
const MOVES = { activate, deactivate, retry, uninstall } as const
type Mutation = keyof typeof MOVES

/** What each mutation makes of each state; all other pairs are illegal. */
const LEGAL: Partial<Record<(typeof STATES)[number], Partial<Record<Mutation, string>>>> = {
  INSTALLED: { activate: 'ACTIVE', uninstall: 'UNINSTALLED' },
  ACTIVE: { deactivate: 'INACTIVE', uninstall: 'UNINSTALLED' },
  INACTIVE: { activate: 'ACTIVE', uninstall: 'UNINSTALLED' },
  FAILED: { retry: 'INSTALLED', uninstall: 'UNINSTALLED' },
}
const PAIRS = STATES.flatMap((from) =>
  (Object.keys(MOVES) as Mutation[]).map((name) => ({ from, name, to: LEGAL[from]?.[name] ?? null })),
)

describe('of each state and each mutation', () => {
  let id: string
  beforeAll(async () => {
    id = accepted(await install(stage, packageId)).installation!.id
  })
  const row = async () => (await rowsOf(server, 'fallible')).find((it) => it.id === rowId(id))!
  const told = async () =>
    (await server.app.database.pool.query(`select count(*) from event where type like 'plugin.%'`))
      .rows[0] as unknown

  test.each(PAIRS)('$from, $name → $to', async ({ from, name, to }) => {
    await force(server, id, from)
    const [before, toldBefore, hooksBefore] = [await row(), await told(), await hooksOf(server, 'fallible')]
    const answer = await MOVES[name](stage, id)
    if (to !== null) {
      expect(accepted(answer).installation).toMatchObject({ id, status: to })
      expect(await row()).toMatchObject({ status: to, operation: null, failure: null })
      return
    }
    expect(codesOf(answer)).toEqual(['INVALID_STATE'])
    expect(answer.userErrors[0]!.message).toContain(from)
    expect(await row()).toEqual(before)
    expect(await told()).toEqual(toldBefore)
    expect(await hooksOf(server, 'fallible')).toEqual(hooksBefore)
  })
})

test('what never ran is not retried once its version was yanked; what ran before is', async () => {
  const yanked = await publishPlugin(stage, { id: 'withdrawn' })
  const id = accepted(await install(stage, yanked)).installation!.id
  const { pool } = server.app.database
  await pool.query('update package set yanked_at = now(), yank_reason = $2 where id = $1', [
    rowId(yanked),
    'old',
  ])
  await force(server, id, 'FAILED')
  await pool.query('update installation set activated_at = null where id = $1', [rowId(id)])
  expect(codesOf(await retry(stage, id))).toEqual(['YANKED'])
  expect(await rowsOf(server, 'withdrawn')).toMatchObject([{ status: 'FAILED', operation: null }])
  await pool.query('update installation set activated_at = now() where id = $1', [rowId(id)])
  expect(accepted(await retry(stage, id)).installation).toMatchObject({ status: 'INSTALLED' })
})

describe('the hooks of a plugin', () => {
  let id: string
  let seen = 0
  const hooks = async () => (await hooksOf(server, 'fallible')).slice(seen)
  const failWith = (failing: string | null) =>
    server.app.database.pool.query('update installation set configuration = $2 where id = $1', [
      rowId(id),
      failing === null ? {} : { failing },
    ])
  beforeEach(async () => {
    const current = (await rowsOf(server, 'fallible')).at(-1)
    if (current?.status !== 'UNINSTALLED' && current !== undefined) await force(server, id, 'UNINSTALLED')
    id = accepted(await install(stage, packageId)).installation!.id
    seen = (await hooksOf(server, 'fallible')).length - 1
  })

  test('run in order through a whole life, each once, and each change is told once', async () => {
    const before = (await eventsOf(server, 'fallible')).length - 1
    accepted(await activate(stage, id))
    accepted(await deactivate(stage, id))
    accepted(await activate(stage, id))
    accepted(await uninstall(stage, id))
    expect(await hooks()).toEqual([
      'fallible onInstall OK',
      'fallible onActivate OK',
      'fallible onDeactivate OK',
      'fallible onActivate OK',
      'fallible onDeactivate OK',
      'fallible onUninstall OK',
    ])
    expect((await eventsOf(server, 'fallible')).slice(before)).toEqual([
      'fallible plugin.installed -INSTALLED',
      'fallible plugin.enabled INSTALLED-ACTIVE',
      'fallible plugin.disabled ACTIVE-INACTIVE',
      'fallible plugin.enabled INACTIVE-ACTIVE',
      'fallible plugin.disabled ACTIVE-INACTIVE',
      'fallible plugin.uninstalled INACTIVE-UNINSTALLED',
    ])
  })

  test.each([
    { hook: 'onActivate', from: 'INACTIVE', move: activate, stays: 'INACTIVE' },
    { hook: 'onDeactivate', from: 'ACTIVE', move: deactivate, stays: 'ACTIVE' },
    { hook: 'onUninstall', from: 'INSTALLED', move: uninstall, stays: 'INSTALLED' },
    { hook: 'onDeactivate', from: 'ACTIVE', move: uninstall, stays: 'ACTIVE' },
    { hook: 'onUninstall', from: 'ACTIVE', move: uninstall, stays: 'INACTIVE' },
    { hook: 'onInstall', from: 'FAILED', move: retry, stays: 'FAILED' },
  ])('$hook that throws at $from leaves $stays and says why', async ({ hook, from, move, stays }) => {
    await force(server, id, from)
    await failWith(hook)
    const answer = await move(stage, id)
    expect(codesOf(answer)).toEqual(['SANDBOX_ERROR'])
    expect(answer.userErrors[0]!.message).toContain(`${hook} has no power`)
    const row = (await rowsOf(server, 'fallible')).at(-1)
    expect(row).toMatchObject({ status: stays, operation: null })
    expect(row!.failure).toContain(`${hook} has no power`)
    await failWith(null)
    if (move !== retry) accepted(await move(stage, id))
  })

  test('what will not go is made to by `force`, and its words are kept', async () => {
    accepted(await activate(stage, id))
    await failWith('onUninstall')
    const { installation } = accepted(await uninstall(stage, id, { force: true }))
    expect(installation).toMatchObject({
      status: 'UNINSTALLED',
      failure: expect.stringContaining('onUninstall has no power') as string,
    })
  })

  test('an installation that was replaced is history: nothing can be made of it', async () => {
    const old = id
    await force(server, old, 'INACTIVE')
    await server.app.database.pool.query(
      `with next as (
         insert into installation (id, organization_id, site_id, plugin_id, package_id, status, supersedes_id, in_force, installed_at)
         select gen_random_uuid(), organization_id, site_id, plugin_id, package_id, 'INSTALLING', id, false, now()
         from installation where id = $1 returning id)
       update installation set superseded_by_id = next.id from next where installation.id = $1`,
      [rowId(old)],
    )
    for (const move of [activate, uninstall])
      expect(codesOf(await move(stage, old))).toEqual(['INVALID_STATE'])
    await server.app.database.pool.query('update installation set superseded_by_id = null where id = $1', [
      rowId(old),
    ])
  })
})

test('with ACTIVE its jobs are scheduled and its hooks are called; with INACTIVE neither', async () => {
  const declared = { hooks: ['order_check'], jobs: [{ name: 'nightly', schedule: '0 2 * * *' }] }
  const code = 'export default { hooks: { order_check: () => 1 }, jobs: { nightly() {} } }'
  const id = accepted(await install(stage, await publishPlugin(stage, { id: 'busy', ...declared }, code)))
    .installation!.id
  const works = async () => {
    const { rows } = await server.app.database.pool.query(
      'select name from job_schedule where installation_id = $1 and next_run_at is not null',
      [rowId(id)],
    )
    const input = { siteId: stage.siteIds[0]!, hook: 'order_check', payload: {} }
    const { dispatchHook } = await stage.operator.request(DispatchHookDocument, { input })
    return { jobs: rows.length, hooks: accepted(dispatchHook).results.length }
  }
  expect(await works()).toEqual({ jobs: 0, hooks: 0 })
  for (let round = 0; round < 2; round++) {
    accepted(await activate(stage, id))
    expect(await works()).toEqual({ jobs: 1, hooks: 1 })
    accepted(await deactivate(stage, id))
    expect(await works()).toEqual({ jobs: 0, hooks: 0 })
  }
})

test('ids of other things, and of nobody, are told apart as the contract says', async () => {
  for (const move of Object.values(MOVES)) {
    expect(await refusalOf(move(stage, packageId))).toMatchObject({ code: 'BAD_USER_INPUT' })
    const nobody = Buffer.from('Installation:01900000-0000-7000-8000-000000000000').toString('base64')
    expect(await refusalOf(move(stage, nobody))).toMatchObject({ code: 'NOT_FOUND' })
  }
})
