import { afterAll, beforeAll, expect, test } from 'vitest'
import { DeactivateInstallationDocument, SetSecretDocument } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { review } from '../../../scripts/lib/cast.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import {
  activate,
  codesOf,
  install,
  openStage,
  publishPlugin,
  refusalOf,
  rowId,
  submit,
  zipOf,
  type TestStage,
} from '../../support/stage.ts'

let server: TestServer
let stage: TestStage
let other: TestStage
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  stage = await openStage(server, 'acme')
  other = await openStage(server, 'globex')
})
afterAll(async () => {
  await Promise.all([stage.close(), other.close()])
  await server.close()
})

const sql = async <Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> =>
  (await server.app.database.pool.query<Row>(text, values)).rows

test('what a plugin needs is installed before it, the highest version that serves', async () => {
  for (const version of ['1.9.0', '2.0.0', '2.3.0', '3.0.0'])
    await publishPlugin(stage, { id: 'base', version })
  const packageId = await publishPlugin(stage, { id: 'top', dependencies: { base: '^2.0.0' } })
  const answer = accepted(await install(stage, packageId))
  expect(answer.installations.map((it) => `${it.plugin.slug} ${it.version} ${it.status}`)).toEqual([
    'base 2.3.0 INSTALLED',
    'top 1.0.0 INSTALLED',
  ])
  expect(answer.plan!.steps.map((step) => [step.action, step.package.plugin.slug, step.requiredBy])).toEqual([
    ['INSTALL', 'base', ['top']],
    ['INSTALL', 'top', []],
  ])
})

test('a plan that cannot be carried out is told with the whole chain, and nothing is changed', async () => {
  const needsOld = await publishPlugin(stage, { id: 'needs-old', dependencies: { base: '<2' } })
  const needsNone = await publishPlugin(stage, { id: 'needs-none', dependencies: { base: '^7.0.0' } })
  const needsNobody = await publishPlugin(stage, { id: 'needs-nobody', dependencies: { nobody: '*' } })
  const before = await sql('select count(*) from installation')
  const conflicts = async (packageId: string) => {
    const answer = await install(stage, packageId)
    expect(codesOf(answer)).toEqual(['DEPENDENCY_CONFLICT'])
    expect(answer.plan!.resolvable).toBe(false)
    return answer.plan!.conflicts[0]!
  }
  expect(await conflicts(needsOld)).toMatchObject({
    kind: 'BREAKS_DEPENDENT',
    message: expect.stringMatching(
      /needs-old 1\.0\.0 needs base <2.*top 1\.0\.0 needs base \^2\.0\.0/,
    ) as string,
  })
  expect(await conflicts(needsNone)).toMatchObject({ kind: 'NO_MATCHING_VERSION' })
  expect(await conflicts(needsNobody)).toMatchObject({ kind: 'NOT_FOUND', slugs: ['nobody'] })
  expect(await sql('select count(*) from installation')).toEqual(before)
})

test('plugins that need each other in a circle, submitted before either was approved, cannot be installed', async () => {
  const ids: string[] = []
  for (const [id, needed] of [
    ['egg', 'hen'],
    ['hen', 'egg'],
  ] as const) {
    const file = zipOf({ id, dependencies: { [needed]: '*' } })
    ids.push(accepted(await submit(stage.publisher, file)).package!.id)
  }
  for (const id of ids) expect(await review(stage, id)).toBe('APPROVED')
  const answer = await install(stage, ids[1]!)
  expect(codesOf(answer)).toEqual(['DEPENDENCY_CONFLICT'])
  expect(answer.plan!.conflicts[0]).toMatchObject({ kind: 'CYCLE' })
})

test('a plugin that is made for other hosts is refused', async () => {
  const packageId = await publishPlugin(stage, { id: 'of-old', engines: { host: '<2', api: '^1' } })
  const answer = await install(stage, packageId)
  expect(codesOf(answer)).toEqual(['HOST_INCOMPATIBLE'])
  expect(answer.userErrors[0]!.message).toContain('2.0.0')
})

test('only what was approved can be installed', async () => {
  const pending = accepted(await submit(stage.publisher, zipOf({ id: 'pending' }))).package!.id
  expect(await refusalOf(install(stage, pending))).toMatchObject({ code: 'NOT_FOUND' })
  const input = { operator: stage.admin }
  expect(codesOf(await install({ ...stage, ...input }, pending))).toEqual(['NOT_APPROVED'])
  const revoked = await publishPlugin(stage, { id: 'revoked' })
  await sql(`update package set status = 'REVOKED', status_reason = 'It leaks.' where id = $1`, [
    rowId(revoked),
  ])
  expect(codesOf(await install(stage, revoked))).toEqual(['REVOKED'])
})

test("a configuration that breaks the schema is refused with each mistake's path", async () => {
  const settings = {
    type: 'object',
    additionalProperties: false,
    properties: {
      port: { type: 'integer', default: 25 },
      mail: { type: 'object', properties: { from: { type: 'string' } } },
    },
  }
  const packageId = await publishPlugin(stage, { id: 'configured', settings })
  const answer = await install(stage, packageId, {
    configuration: { port: 'many', mail: { from: 7 }, extra: 1 },
  })
  expect(new Set(codesOf(answer))).toEqual(new Set(['SETTINGS_INVALID']))
  expect(answer.userErrors.map((error) => error.field)).toEqual(
    expect.arrayContaining([
      ['configuration', 'port'],
      ['configuration', 'mail', 'from'],
    ]),
  )
  expect(answer.installation).toBeNull()
  accepted(await install(stage, packageId, { configuration: { port: 26 } }))
})

test('a plugin runs only when its required secrets are set and what it needs runs', async () => {
  const secrets = [{ key: 'API_TOKEN', required: true }]
  const lower = await publishPlugin(stage, {
    id: 'lower',
    secrets,
    permissions: [{ permission: 'secrets:read', reason: 'To sign in at the service.' }],
  })
  const upper = await publishPlugin(stage, { id: 'upper', dependencies: { lower: '*' } })
  accepted(await install(stage, lower))
  const { installations } = accepted(await install(stage, upper))
  const [lowerId, upperId] = installations.map((it) => it.id)
  expect(codesOf(await activate(stage, lowerId!))).toEqual(['SECRET_MISSING'])
  expect(codesOf(await activate(stage, upperId!))).toEqual(['INVALID_STATE'])
  const input = { installationId: lowerId!, key: 'API_TOKEN', value: 'a token' }
  accepted((await stage.operator.request(SetSecretDocument, { input })).setSecret)
  expect(accepted(await activate(stage, lowerId!)).installation).toMatchObject({
    status: 'ACTIVE',
    effectivelyEnabled: true,
  })
  accepted(await activate(stage, upperId!))
  const deactivate = async (installationId: string) =>
    (await stage.operator.request(DeactivateInstallationDocument, { input: { installationId } }))
      .deactivateInstallation
  expect(codesOf(await deactivate(lowerId!))).toEqual(['HAS_DEPENDENTS'])
  accepted(await deactivate(upperId!))
  expect(accepted(await deactivate(lowerId!)).installation!.status).toBe('INACTIVE')
})

test('a plugin whose onActivate fails stays what it was, and says why', async () => {
  const packageId = await publishPlugin(
    stage,
    { id: 'failing' },
    `export default { onActivate() { throw new Error('no licence') } }`,
  )
  const { installation } = accepted(await install(stage, packageId))
  const answer = await activate(stage, installation!.id)
  expect(codesOf(answer)).toEqual(['SANDBOX_ERROR'])
  expect(answer.userErrors[0]!.message).toContain('no licence')
  const [row] = await sql<{ status: string; failure: string }>(
    'select status, failure from installation where id = $1',
    [rowId(installation!.id)],
  )
  expect(row).toEqual({ status: 'INSTALLED', failure: expect.stringContaining('no licence') as string })
})

test('of twenty installations at once there is one current one; the others are ALREADY_EXISTS', async () => {
  const packageId = await publishPlugin(stage, { id: 'crowded' })
  const answers = await Promise.all(Array.from({ length: 20 }, () => install(stage, packageId)))
  expect(answers.filter((answer) => answer.installation !== null)).toHaveLength(1)
  for (const answer of answers)
    if (answer.installation === null) expect(codesOf(answer)).toEqual(['ALREADY_EXISTS'])
  const rows = await sql(
    'select 1 from installation i join plugin p on p.id = i.plugin_id where p.slug = $1',
    ['crowded'],
  )
  expect(rows).toHaveLength(1)
})

test("a foreign organization's site is not there", async () => {
  const packageId = await publishPlugin(stage, { id: 'abroad' })
  expect(await refusalOf(install(stage, packageId, { siteId: other.siteIds[0]! }))).toMatchObject({
    code: 'NOT_FOUND',
  })
})

test('the database itself refuses two current installations, and a superseded one that is active', async () => {
  const packageId = await publishPlugin(stage, { id: 'constrained' })
  const { installation } = accepted(await install(stage, packageId, { activate: true }))
  const id = rowId(installation!.id)
  const copy = (status: string) =>
    sql(
      `insert into installation (id, organization_id, site_id, plugin_id, package_id, status, installed_at, activated_at)
       select gen_random_uuid(), organization_id, site_id, plugin_id, package_id, $2, now(), now() from installation where id = $1`,
      [id, status],
    )
  for (const status of ['ACTIVE', 'INACTIVE', 'INSTALLED', 'FAILED']) {
    await expect(copy(status), status).rejects.toThrow(/installation_(current_key|failed_check)/)
  }
  const [successor] = await sql<{ id: string }>(
    `insert into installation (id, organization_id, site_id, plugin_id, package_id, status, installed_at, supersedes_id, in_force)
     select gen_random_uuid(), organization_id, site_id, plugin_id, package_id, 'INSTALLING', now(), id, false from installation where id = $1
     returning id`,
    [id],
  )
  await expect(
    sql('update installation set superseded_by_id = $2 where id = $1', [id, successor!.id]),
  ).rejects.toThrow('installation_superseded_check')
  await expect(
    sql(`update installation set status = 'ACTIVE', activated_at = now() where id = $1`, [successor!.id]),
  ).rejects.toThrow('installation_in_force_check')
  await expect(
    sql(`update installation set status = 'ACTIVE', activated_at = now(), in_force = true where id = $1`, [
      successor!.id,
    ]),
  ).rejects.toThrow('installation_current_key')
  await expect(sql('delete from site where id = $1', [rowId(stage.siteIds[0]!)])).rejects.toThrow(
    /foreign key/,
  )
})
