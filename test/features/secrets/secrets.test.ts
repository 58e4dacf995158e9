import { afterAll, beforeAll, expect, test } from 'vitest'
import { SetSecretDocument } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { readSecret, readSecretVersions } from '../../../src/features/secrets/read-secret.ts'
import { hours } from '../../../src/lib/units.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { ask } from '../../support/http.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { encodeGlobalId } from '../../../src/graphql/global-id.ts'
import { install, openStage, publishPlugin, refusalOf, rowId, type TestStage } from '../../support/stage.ts'

const clock = new FakeClock()
let server: TestServer
let stage: TestStage
let other: TestStage
let installationId: string
let pluginId: string
beforeAll(async () => {
  server = await startTestServer({ worker: false, clock })
  stage = await openStage(server, 'acme')
  other = await openStage(server, 'globex')
  const packageId = await publishPlugin(stage, { id: 'keeper' })
  installationId = accepted(await install(stage, packageId)).installation!.id
  const { rows } = await server.app.database.pool.query<{ id: string }>('select id from plugin')
  pluginId = encodeGlobalId('Plugin', rows[0]!.id)
})
afterAll(async () => {
  await Promise.all([stage.close(), other.close()])
  await server.close()
})

const set = async (by: TestStage, input: object, value: string) =>
  (await by.operator.request(SetSecretDocument, { input: { key: 'HOOK_URL', ...input, value } })).setSecret
const ownerOf = (by: TestStage) => ({
  organizationId: rowId(by.organizationId),
  pluginId: null,
  siteId: null,
})

test("an organization's own secret is not one of its plugins', nor the other way round", async () => {
  const { organizationId } = stage
  accepted(await set(stage, { organizationId, pluginId }, 'of the plugin'))
  accepted(await set(stage, { organizationId }, 'of the organization'))
  expect(await readSecret(server.app, ownerOf(stage), 'HOOK_URL')).toBe('of the organization')
  const ofPlugin = { ...ownerOf(stage), pluginId: rowId(pluginId), siteId: rowId(stage.siteIds[0]!) }
  expect(await readSecret(server.app, ofPlugin, 'HOOK_URL')).toBe('of the plugin')
  expect(await readSecret(server.app, ownerOf(other), 'HOOK_URL')).toBeNull()

  const query = 'query ($organizationId: ID) { secrets(organizationId: $organizationId) { key version } }'
  const { json } = await ask(server, query, { key: stage.operatorKey, variables: { organizationId } })
  expect(json!.data).toEqual({ secrets: [{ key: 'HOOK_URL', version: 1 }] })
  await server.app.database.pool.query(
    `update secret s set sealed = o.sealed from secret o
     where s.plugin_id is not null and o.plugin_id is null and o.organization_id = s.organization_id`,
  )
  await expect(readSecret(server.app, ofPlugin, 'HOOK_URL')).rejects.toThrow()
})

test("its change is audited as the organization's own, and is nobody else's to make", async () => {
  const { organizationId } = stage
  const query = `query ($of: ID) { auditLog(filter: { organizationId: $of, action: "secret.changed" }, first: 1) {
    nodes { subject { __typename id } details } } }`
  accepted(await set(stage, { organizationId }, 'hunter2-once-more'))
  const { text, json } = await ask(server, query, { key: server.adminKey, variables: { of: organizationId } })
  expect(json!.data).toMatchObject({
    auditLog: { nodes: [{ subject: { __typename: 'Organization', id: organizationId } }] },
  })
  expect(text).not.toContain('hunter2')
  expect(await refusalOf(set(other, { organizationId }, 'x'))).toMatchObject({ code: 'NOT_FOUND' })
  expect(await refusalOf(set(stage, {}, 'x'))).toMatchObject({ code: 'BAD_USER_INPUT' })
  expect(await refusalOf(set(stage, { installationId, organizationId }, 'x'))).toMatchObject({
    code: 'BAD_USER_INPUT',
  })
})

test('a replaced value counts beside the new one for a day, also where the new one is sent twice', async () => {
  const versions = () => readSecretVersions(server.app, ownerOf(other), 'HOOK_URL')
  const { organizationId } = other
  accepted(await set(other, { organizationId }, 'first'))
  expect(await versions()).toEqual({ current: 'first', previous: null })
  accepted(await set(other, { organizationId }, 'second'))
  accepted(await set(other, { organizationId }, 'second'))
  expect(await versions()).toEqual({ current: 'second', previous: 'first' })
  clock.advance(hours(24))
  expect(await versions()).toEqual({ current: 'second', previous: null })
})

const remove = async (key: string, input: object) =>
  await ask(
    server,
    'mutation ($input: DeleteSecretInput!) { deleteSecret(input: $input) { secret { key } userErrors { code field } } }',
    { key, variables: { input } },
  )

test('a secret that is deleted is gone with the value before it; its version stands in the audit log', async () => {
  for (const value of ['hunter2-first', 'hunter2-second'])
    accepted(await set(stage, { installationId, key: 'TOKEN' }, value))
  const foreign = await remove(other.operatorKey, { installationId, key: 'TOKEN' })
  expect(foreign.json!.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])

  const done = await remove(stage.operatorKey, { installationId, key: 'TOKEN' })
  expect(done.json!.data).toEqual({ deleteSecret: { secret: null, userErrors: [] } })
  const { rows } = await server.app.database.pool.query("select 1 from secret where key = 'TOKEN'")
  expect(rows).toEqual([])
  const entry = await server.app.database.prisma.auditEntry.findFirstOrThrow({
    where: { action: 'secret.deleted' },
  })
  expect(entry.details).toMatchObject({ slug: 'keeper', key: 'TOKEN', before: { version: 2 }, after: null })

  const again = await remove(stage.operatorKey, { installationId, key: 'TOKEN' })
  expect(again.json!.data).toEqual({
    deleteSecret: { secret: null, userErrors: [{ code: 'NOT_FOUND', field: ['key'] }] },
  })
})
