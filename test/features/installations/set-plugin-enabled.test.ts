import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import {
  DispatchHookDocument,
  InstallationSettingsDocument,
  SetPluginEnabledDocument,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import type { GraphClient } from '../../../scripts/lib/graph-client.ts'
import { encodeGlobalId } from '../../../src/graphql/global-id.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { install, openStage, refusalOf, rowId, run, type TestStage } from '../../support/stage.ts'

const CODE = `import { definePlugin } from 'patchbay'
  export default definePlugin({
    onActivate(ctx) { ctx.log.info('activated'); if (ctx.settings.refuses) throw new Error('not today') },
    onDeactivate(ctx) { ctx.log.info('deactivated') },
    hooks: { greet: () => 'hello', hang: () => { for (;;); } },
  })`

let server: TestServer
let stage: TestStage
let other: TestStage
let installationId: string
let theirs: string
let pluginId: string
beforeAll(async () => {
  server = await startTestServer()
  stage = await openStage(server, 'acme')
  other = await openStage(server, 'globex')
  installationId = await run(stage, { id: 'greeter', hooks: ['greet', 'hang'] }, CODE)
  const { rows } = await server.app.database.pool.query<{ package_id: string; plugin_id: string }>(
    'select package_id, plugin_id from installation where id = $1',
    [rowId(installationId)],
  )
  pluginId = encodeGlobalId('Plugin', rows[0]!.plugin_id)
  const packageId = encodeGlobalId('Package', rows[0]!.package_id)
  theirs = accepted(await install(other, packageId, { activate: true })).installation!.id
})
afterAll(async () => {
  await Promise.all([stage.close(), other.close()])
  await server.close()
})

async function setEnabled(client: GraphClient, enabled: boolean, organizationId?: string) {
  const input = { pluginId, enabled, ...(organizationId === undefined ? {} : { organizationId }) }
  return (await client.request(SetPluginEnabledDocument, { input })).setPluginEnabled
}

async function greets(at: TestStage): Promise<boolean> {
  const input = { siteId: at.siteIds[0]!, hook: 'greet', payload: {} }
  const { dispatchHook } = await at.operator.request(DispatchHookDocument, { input })
  return dispatchHook.results.length === 1
}

async function reasons(at: TestStage, id: string): Promise<readonly string[]> {
  const { node } = await at.operator.request(InstallationSettingsDocument, { id })
  // oxlint-disable-next-line no-underscore-dangle -- GraphQL names it so.
  if (node?.__typename !== 'Installation') throw new Error('It is an installation.')
  expect(node.effectivelyEnabled).toBe(node.disabledReasons.length === 0)
  return node.disabledReasons
}

async function hookRuns(id: string, name: string): Promise<number> {
  const { rows } = await server.app.database.pool.query<{ n: number }>(
    "select count(*)::int as n from invocation where installation_id = $1 and name = $2 and status = 'FINISHED'",
    [rowId(id), name],
  )
  return rows[0]!.n
}

const eventually = async (check: () => Promise<void>): Promise<void> => {
  await vi.waitFor(check, { timeout: 15_000, interval: 50 })
}

test('an organization switches a plugin off for itself alone, and on again; its hooks are called each time', async () => {
  expect(accepted(await setEnabled(stage.operator, false, stage.organizationId))).toMatchObject({
    organizationConfig: { enabled: false, enabledAt: null },
  })
  expect([await greets(stage), await greets(other)]).toEqual([false, true])
  expect(await reasons(stage, installationId)).toEqual(['The plugin is disabled for the organization.'])
  expect(await reasons(other, theirs)).toEqual([])
  await eventually(async () => expect(await hookRuns(installationId, 'onDeactivate')).toBe(1))
  accepted(await setEnabled(stage.operator, true, stage.organizationId))
  expect(await greets(stage)).toBe(true)
  await eventually(async () => expect(await hookRuns(installationId, 'onActivate')).toBe(2))
  expect(await hookRuns(theirs, 'onDeactivate')).toBe(0)
})

test('the global switch stops it everywhere, and every reason is told', async () => {
  accepted(await setEnabled(stage.operator, false, stage.organizationId))
  accepted(await setEnabled(stage.admin, false))
  expect([await greets(stage), await greets(other)]).toEqual([false, false])
  expect(await reasons(stage, installationId)).toEqual([
    'The plugin is disabled everywhere.',
    'The plugin is disabled for the organization.',
  ])
  accepted(await setEnabled(stage.admin, true))
  expect([await greets(stage), await greets(other)]).toEqual([false, true])
  accepted(await setEnabled(stage.operator, true, stage.organizationId))
  expect(await greets(stage)).toBe(true)
})

test('a call that runs is ended by the switch long before its time is up', async () => {
  const toldActive = async () => {
    const where = { id: rowId(installationId) }
    const row = await server.app.database.prisma.installation.findUniqueOrThrow({ where })
    return row.toldActive
  }
  await eventually(async () => expect(await toldActive()).toBe(true))
  const input = { siteId: stage.siteIds[0]!, hook: 'hang', payload: {} }
  const calling = stage.operator.request(DispatchHookDocument, { input })
  await eventually(async () => {
    const { rows } = await server.app.database.pool.query(
      "select 1 from invocation where name = 'hang' and status = 'RUNNING'",
    )
    expect(rows).toHaveLength(1)
  })
  accepted(await setEnabled(stage.operator, false, stage.organizationId))
  await calling
  const { rows } = await server.app.database.pool.query("select outcome from invocation where name = 'hang'")
  expect(rows).toEqual([{ outcome: 'CRASHED' }])
  // Its onDeactivate is not ended with that.
  await eventually(async () => expect(await toldActive()).toBe(false))
  const last = await server.app.database.pool.query(
    `select outcome from invocation where name = 'onDeactivate' and installation_id = $1 order by id desc limit 1`,
    [rowId(installationId)],
  )
  expect(last.rows).toEqual([{ outcome: 'OK' }])
  accepted(await setEnabled(stage.operator, true, stage.organizationId))
})

test('switching to what it is changes nothing, and is told nobody', async () => {
  const count = async () =>
    (await server.app.database.pool.query("select 1 from event where type = 'plugin.switched'")).rowCount
  const before = await count()
  accepted(await setEnabled(stage.operator, true, stage.organizationId))
  accepted(await setEnabled(stage.admin, true))
  expect(await count()).toBe(before)
})

test('what is installed while the organization has it switched off does not run', async () => {
  accepted(await setEnabled(stage.operator, false, stage.organizationId))
  const { rows } = await server.app.database.pool.query<{ id: string }>(
    "select id from package where plugin_id = $1 and status = 'APPROVED'",
    [rowId(pluginId)],
  )
  const packageId = encodeGlobalId('Package', rows[0]!.id)
  const made = accepted(await install(stage, packageId, { siteId: stage.siteIds[1]! }))
  expect(await reasons(stage, made.installation!.id)).toContain(
    'The plugin is disabled for the organization.',
  )
  accepted(await setEnabled(stage.operator, true, stage.organizationId))
  expect(await reasons(stage, made.installation!.id)).toEqual(['It is INSTALLED, not ACTIVE.'])
})

test('a plugin whose onActivate fails after it was switched on is FAILED with the reason', async () => {
  const settings = { type: 'object', properties: { refuses: { type: 'boolean' } } }
  const id = await run(stage, { id: 'moody', settings }, CODE, stage.siteIds[2])
  await server.app.database.pool.query(
    `update installation set configuration = '{"refuses": true}' where id = $1`,
    [rowId(id)],
  )
  const { rows } = await server.app.database.pool.query<{ id: string }>(
    "select id from plugin where slug = 'moody'",
  )
  const moody = encodeGlobalId('Plugin', rows[0]!.id)
  const setMoody = async (enabled: boolean) => {
    const input = { pluginId: moody, enabled }
    accepted((await stage.admin.request(SetPluginEnabledDocument, { input })).setPluginEnabled)
  }
  await setMoody(false)
  await eventually(async () => expect(await hookRuns(id, 'onDeactivate')).toBe(1))
  await setMoody(true)
  await eventually(async () => {
    const { node } = await stage.operator.request(InstallationSettingsDocument, { id })
    expect(node).toMatchObject({ status: 'FAILED', failure: expect.stringContaining('not today') as string })
  })
})

test('who may not switch changes nothing', async () => {
  expect(await refusalOf(setEnabled(stage.operator, false))).toMatchObject({ code: 'FORBIDDEN' })
  expect(await refusalOf(setEnabled(other.operator, false, stage.organizationId))).toMatchObject({
    code: 'NOT_FOUND',
  })
  expect(await refusalOf(setEnabled(stage.publisher, false, stage.organizationId))).toMatchObject({
    code: 'NOT_FOUND',
  })
  expect(await greets(stage)).toBe(true)
})
