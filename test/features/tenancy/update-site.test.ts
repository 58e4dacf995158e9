import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  CheckHostVersionDocument,
  ResolveDependenciesDocument,
  UpdateSiteDocument,
  type UpdateSiteInput,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import {
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
let other: TestStage
let siteId: string
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  stage = await openStage(server, 'acme')
  other = await openStage(server, 'globex')
  siteId = stage.siteIds[0]!
})
afterAll(async () => {
  await Promise.all([stage.close(), other.close()])
  await server.close()
})

const update = async (input: Partial<UpdateSiteInput>, client = stage.admin) =>
  (await client.request(UpdateSiteDocument, { input: { siteId, ...input } })).updateSite

test('what is given of a site is changed, the rest is kept, and the log tells before and after', async () => {
  const made = accepted(await update({ labels: { env: 'production', tier: 2 } })).site!
  const changed = accepted(await update({ name: 'North One' })).site!
  expect(changed).toEqual({ ...made, name: 'North One' })
  const { rows } = await server.app.database.pool.query<{ details: unknown }>(
    "select details from audit_entry where action = 'site.updated' and subject_id = $1 order by id",
    [rowId(siteId)],
  )
  expect(rows.map((row) => row.details)).toMatchObject([
    { before: { labels: {} }, after: { labels: { env: 'production', tier: 2 } } },
    { before: { name: expect.any(String) as string }, after: { name: 'North One' } },
  ])
})

test('labels and names that a new site could not have are refused, and nothing is changed', async () => {
  const { rows: before } = await server.app.database.pool.query('select * from site order by id')
  const bad: Partial<UpdateSiteInput>[] = [
    { name: ' ' },
    { labels: { long: 'x'.repeat(1_000_000) } },
    { labels: { deep: { er: 1 } } },
    { labels: [1] },
  ]
  for (const input of bad)
    expect(codesOf(await update({ name: 'Other', ...input }))).toEqual(['INVALID_INPUT'])
  const longName = await update({ labels: { ['x'.repeat(1_000_000)]: 1 } })
  expect(codesOf(longName)).toEqual(['INVALID_INPUT'])
  expect(JSON.stringify(longName).length).toBeLessThan(1_000)
  expect((await refusalOf(update({ hostVersion: 'two' })))?.code).toBe('BAD_USER_INPUT')
  const { rows: after } = await server.app.database.pool.query('select * from site order by id')
  expect(after).toEqual(before)
})

test('who may not manage a site changes nothing of it, and a foreign one is not there', async () => {
  expect(await refusalOf(update({ name: 'Mine' }, stage.operator))).toMatchObject({ code: 'FORBIDDEN' })
  expect(await refusalOf(update({ name: 'Mine' }, other.operator))).toMatchObject({ code: 'NOT_FOUND' })
  const check = { siteId, hostVersion: '3.0.0' }
  expect(await refusalOf(other.operator.request(CheckHostVersionDocument, check))).toMatchObject({
    code: 'NOT_FOUND',
  })
})

test('what is not made for a new host is told before it is changed, runs on then, and no longer serves what is newly installed', async () => {
  const old = await publishPlugin(stage, { id: 'made-for-two', engines: { host: '^2.0.0', api: '^1' } })
  await publishPlugin(stage, { id: 'made-for-all', engines: { host: '>=2', api: '^1' } })
  accepted(await install(stage, old, { activate: true }))
  const check = async (hostVersion: string) =>
    (await stage.operator.request(CheckHostVersionDocument, { siteId, hostVersion })).checkHostVersion
  expect(await check('2.4.0')).toEqual({ compatible: true, incompatible: [] })
  expect(await check('3.0.0')).toMatchObject({
    compatible: false,
    incompatible: [
      {
        installation: { plugin: { slug: 'made-for-two' } },
        hostRange: '^2.0.0',
        already: false,
        message: 'made-for-two 1.0.0 is made for hosts ^2.0.0, not for 3.0.0.',
      },
    ],
  })
  accepted(await update({ hostVersion: '3.0.0' }))
  const { rows } = await server.app.database.pool.query(
    'select status from installation where package_id = $1',
    [rowId(old)],
  )
  expect(rows).toEqual([{ status: 'ACTIVE' }])
  expect((await check('3.1.0')).incompatible.map((it) => it.already)).toEqual([true])
  const user = await publishPlugin(stage, {
    id: 'user-of-two',
    engines: { host: '*', api: '^1' },
    dependencies: { 'made-for-two': '*' },
  })
  const { resolveDependencies } = await stage.operator.request(ResolveDependenciesDocument, {
    siteId,
    packageId: user,
  })
  expect(resolveDependencies).toMatchObject({
    resolvable: false,
    conflicts: [{ kind: 'HOST_INCOMPATIBLE', slugs: ['made-for-two', 'user-of-two'] }],
  })
})

test('two that add the same module are refused by both names, and an optional dependency comes where it is asked', async () => {
  const contributes = { modules: [{ key: 'orders', title: 'Orders' }] }
  const common = { permissions: ['modules:extend'], engines: { host: '*', api: '^1' } }
  accepted(await install(stage, await publishPlugin(stage, { id: 'shop', ...common, contributes })))
  const rival = await publishPlugin(stage, { id: 'rival-shop', ...common, contributes })
  const refused = await install(stage, rival)
  expect(codesOf(refused)).toEqual(['CONTRIBUTION_CONFLICT'])
  expect(refused.userErrors[0]!.message).toBe('rival-shop and shop both add the module "orders".')

  await publishPlugin(stage, { id: 'extra', engines: { host: '*', api: '^1' } })
  const app = await publishPlugin(stage, {
    id: 'with-extra',
    engines: { host: '*', api: '^1' },
    optionalDependencies: { extra: '*' },
  })
  const answer = accepted(await install(stage, app, { includeOptional: true }))
  expect(answer.installations.map((it) => it.plugin.slug)).toEqual(['extra', 'with-extra'])
})
