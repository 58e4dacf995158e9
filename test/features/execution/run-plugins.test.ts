import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  ApplyFilterDocument,
  DeactivateAllDocument,
  DispatchHookDocument,
  EmitEventDocument,
  RunJobDocument,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { eventually } from '../../support/http.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import {
  codesOf,
  install,
  openStage,
  publishPlugin,
  refusalOf,
  rowId,
  run,
  type TestStage,
} from '../../support/stage.ts'

let server: TestServer
let stage: TestStage
let other: TestStage
beforeAll(async () => {
  // What never ends is still there when the others have had their turn.
  server = await startTestServer({ env: { PLUGIN_TIMEOUT_SECONDS: '60', PLUGIN_PROCESSES: '4' } })
  stage = await openStage(server, 'acme')
  other = await openStage(server, 'globex')
})
afterAll(async () => {
  await Promise.all([stage.close(), other.close()])
  await server.close()
})

const plugin = (members: string): string =>
  `import { definePlugin, PluginError } from 'patchbay'\nexport default definePlugin({ ${members} })`

/** `organization/site outcome` of each delivery of an event. */
async function deliveries(type: string): Promise<string[]> {
  const { rows } = await server.app.database.pool.query<{ place: string }>(
    `select o.slug || '/' || s.slug || ' ' || coalesce(v.outcome::text, v.status::text) as place from invocation v
       join site s on s.id = v.site_id join organization o on o.id = v.organization_id
     where v.kind = 'EVENT' and v.name = $1 order by 1`,
    [type],
  )
  return rows.map((row) => row.place)
}

async function queueIsEmpty(): Promise<boolean> {
  const { rows } = await server.app.database.pool.query('select 1 from graphile_worker.jobs limit 1')
  return rows.length === 0
}

test('an event reaches those who subscribe to it, at the site or in the organization where it happened', async () => {
  const packageId = await publishPlugin(
    stage,
    { id: 'listener', events: ['shop.order.*'] },
    plugin(`events: { 'shop.order.*'() {} }`),
  )
  for (const siteId of stage.siteIds.slice(0, 2))
    accepted(await install(stage, packageId, { siteId, activate: true }))
  accepted(await install(other, packageId, { activate: true }))
  accepted(await install(stage, packageId, { siteId: stage.siteIds[2]! }))
  const emit = async (type: string, where: object) => {
    const { emitEvent } = await stage.operator.request(EmitEventDocument, {
      input: { type, payload: {}, ...where },
    })
    return accepted(emitEvent).subscribers
  }
  expect(await emit('shop.order.paid', { siteId: stage.siteIds[0]! })).toBe(1)
  expect(await emit('shop.order.sent', { organizationId: stage.organizationId })).toBe(2)
  expect(await emit('shop.orders', {})).toBe(0)
  await eventually(
    'all deliveries are done',
    async () => (await deliveries('shop.order.sent')).length === 2 && (await queueIsEmpty()),
  )
  expect(await deliveries('shop.order.paid')).toEqual(['acme/north OK'])
  expect(await deliveries('shop.order.sent')).toEqual(['acme/north OK', 'acme/south OK'])
})

test("nobody speaks in Patchbay's name, nor for a foreign organization", async () => {
  const emit = (input: { type: string; payload?: unknown; organizationId?: string; siteId?: string }) =>
    stage.operator.request(EmitEventDocument, { input: { payload: {}, ...input } as never })
  for (const type of [
    'plugin.installed',
    'health.recorded',
    'deployment.created',
    'api_key.revoked',
    'job.requested',
  ]) {
    expect(codesOf((await emit({ type })).emitEvent), type).toEqual(['INVALID_INPUT'])
  }
  for (const type of ['nodots', 'Upper.Case', 'a..b', 'a.*']) {
    expect(codesOf((await emit({ type })).emitEvent), type).toEqual(['INVALID_INPUT'])
  }
  expect(codesOf((await emit({ type: 'a.b', payload: [1] })).emitEvent)).toEqual(['INVALID_INPUT'])
  expect(await refusalOf(emit({ type: 'a.b', organizationId: other.organizationId }))).toMatchObject({
    code: 'NOT_FOUND',
  })
  expect(await refusalOf(emit({ type: 'a.b', siteId: other.siteIds[0]! }))).toMatchObject({
    code: 'NOT_FOUND',
  })
})

test('hooks run in dependency order, an abort stops the rest, and a failure stops nobody', async () => {
  const hooks = ['order_check']
  const permissions = [{ permission: 'hooks:abort', reason: 'Refuses what cannot be delivered.' }]
  await publishPlugin(stage, { id: 'z-base', hooks }, plugin(`hooks: { order_check: () => 'base' }`))
  const dependencies = { 'z-base': '*' }
  const dependent = await publishPlugin(
    stage,
    { id: 'a-dependent', hooks, dependencies },
    plugin(`hooks: { order_check() { throw new Error('mine alone') } }`),
  )
  const siteId = stage.siteIds[1]!
  accepted(await install(stage, dependent, { siteId, activate: true }))
  await run(
    stage,
    { id: 'n-aborts', hooks, permissions },
    plugin(`hooks: { order_check() { throw new PluginError('sold out', { code: 'SOLD_OUT' }) } }`),
    siteId,
  )
  await run(stage, { id: 'zz-last', hooks }, plugin(`hooks: { order_check: () => 'last' }`), siteId)
  const { dispatchHook } = await stage.operator.request(DispatchHookDocument, {
    input: { siteId, hook: 'order_check', payload: {} },
  })
  expect(accepted(dispatchHook)).toMatchObject({
    aborted: true,
    abortReason: 'sold out',
    abortedBy: { slug: 'n-aborts' },
  })
  expect(
    dispatchHook.results.map((it) => [it.installation.plugin.slug, it.invocation.outcome, it.value]),
  ).toEqual([
    ['z-base', 'OK', 'base'],
    ['a-dependent', 'ERROR', null],
    ['n-aborts', 'ABORTED', null],
  ])
})

test('a filter that fails leaves the value as it was for the next one', async () => {
  const siteId = stage.siteIds[2]!
  const filters = ['text.shown']
  await run(
    stage,
    { id: 'f-first', filters },
    plugin(`filters: { 'text.shown': (ctx, value) => value + ' first' }`),
    siteId,
  )
  await run(
    stage,
    { id: 'f-second', filters, limits: { timeoutMs: 500 } },
    plugin(`filters: { 'text.shown'() { for (;;) {} } }`),
    siteId,
  )
  await run(
    stage,
    { id: 'f-third', filters },
    plugin(`filters: { 'text.shown': (ctx, value) => value + ' third' }`),
    siteId,
  )
  const { applyFilter } = await stage.operator.request(ApplyFilterDocument, {
    input: { siteId, filter: 'text.shown', value: 'a' },
  })
  expect(accepted(applyFilter).value).toBe('a first third')
  expect(applyFilter.results.map((it) => it.invocation.outcome)).toEqual(['OK', 'TIMEOUT', 'OK'])
})

test('a handler that fails on an event is tried again later, and the others have got theirs', async () => {
  const siteId = stage.siteIds[0]!
  await run(
    stage,
    { id: 'throws', events: ['alarm.raised'] },
    plugin(`events: { 'alarm.raised'() { throw new Error('no') } }`),
    siteId,
  )
  await run(
    stage,
    { id: 'works', events: ['alarm.raised'] },
    plugin(`events: { 'alarm.raised'() {} }`),
    siteId,
  )
  accepted(
    (
      await stage.operator.request(EmitEventDocument, {
        input: { type: 'alarm.raised', siteId, payload: {} },
      })
    ).emitEvent,
  )
  await eventually('both were called', async () => {
    const outcomes = await deliveries('alarm.raised')
    return outcomes.includes('acme/north OK') && outcomes.includes('acme/north ERROR')
  })
  await eventually('one of the two waits for its next attempt', async () => {
    const { rows } = await server.app.database.pool.query<{ waits: boolean }>(
      `select run_at > now() as waits from graphile_worker.jobs where key like 'event:%'`,
    )
    return rows.length === 1 && rows[0]!.waits
  })
})

test('handlers that never end leave workers to the events of another organization, and of their neighbours', async () => {
  const types = ['flood.came', 'calm.came']
  const [loops, ends] = types.map((type) => (body: string) => plugin(`events: { '${type}'() { ${body} } }`))
  await run(other, { id: 'loops', events: ['flood.came'] }, loops!('for (;;) {}'))
  const packageId = await publishPlugin(stage, { id: 'ends', events: ['calm.came'] }, ends!(''))
  for (const by of [stage, other]) accepted(await install(by, packageId, { activate: true }))
  const emit = async (type: string, by: TestStage) => {
    const input = { type, siteId: by.siteIds[0]!, payload: {} }
    accepted((await by.operator.request(EmitEventDocument, { input })).emitEvent)
  }
  for (let count = 0; count < 15; count++) await emit('flood.came', other)
  const share = Array.from({ length: 6 }, () => 'globex/north RUNNING')
  await eventually('it has its share', async () => (await deliveries('flood.came')).length === share.length)
  for (const by of [stage, other]) await emit('calm.came', by)
  const told = ['acme/north OK', 'globex/north OK']
  await eventually('the others are told', async () => (await deliveries('calm.came')).join() === told.join())
  expect(await deliveries('flood.came')).toEqual(share)
  const input = { organizationId: other.organizationId, reason: 'It never ends.' }
  accepted((await other.admin.request(DeactivateAllDocument, { input })).deactivateAll)
  await eventually('it is stopped', async () => !(await deliveries('flood.came')).includes(share[0]!))
})

test('only what runs can be run, and only jobs that it has', async () => {
  const packageId = await publishPlugin(
    stage,
    { id: 'idle', jobs: [{ name: 'tidy', schedule: '0 0 1 1 *' }] },
    plugin(`jobs: { tidy() {} }`),
  )
  const installationId = accepted(await install(stage, packageId)).installation!.id
  const runJob = async (job: string, by = stage.operator) =>
    (await by.request(RunJobDocument, { input: { installationId, job } })).runJob
  expect(codesOf(await runJob('tidy'))).toEqual(['INVALID_STATE'])
  await server.app.database.pool.query(
    `update installation set status = 'ACTIVE', activated_at = now() where id = $1`,
    [rowId(installationId)],
  )
  expect(codesOf(await runJob('untidy'))).toEqual(['NOT_FOUND'])
  expect(await refusalOf(runJob('tidy', other.operator))).toMatchObject({ code: 'NOT_FOUND' })
  expect(await refusalOf(runJob('tidy', stage.publisher))).toMatchObject({ code: 'NOT_FOUND' })
})
