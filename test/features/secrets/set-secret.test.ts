import { afterAll, beforeAll, expect, test } from 'vitest'
import { CreateApiKeyDocument, RunJobDocument, SetSecretDocument } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { graphClient } from '../../../scripts/lib/graph-client.ts'
import { readSecret } from '../../../src/features/secrets/read-secret.ts'
import { ask } from '../../support/http.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import {
  activate,
  install,
  openStage,
  publishPlugin,
  refusalOf,
  rowId,
  type TestStage,
} from '../../support/stage.ts'

const VALUE = 'correct-horse-battery-staple'
let server: TestServer
let stage: TestStage
let other: TestStage
let installationId: string
let otherInstallationId: string
let pluginId: string
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  stage = await openStage(server, 'acme')
  other = await openStage(server, 'globex')
  const packageId = await publishPlugin(
    stage,
    {
      id: 'keeper',
      secrets: [{ key: 'API_TOKEN', required: true }],
      permissions: [{ permission: 'secrets:read', reason: 'To sign in at the service.' }],
      jobs: [{ name: 'peek', schedule: '0 0 1 1 *' }],
    },
    `import { definePlugin } from 'patchbay'
     export default definePlugin({ jobs: { async peek(ctx) {
       const token = await ctx.secrets.get('API_TOKEN')
       return { length: token.length }
     } } })`,
  )
  installationId = accepted(await install(stage, packageId)).installation!.id
  otherInstallationId = accepted(await install({ ...other, operator: other.operator }, packageId))
    .installation!.id
  const { rows } = await server.app.database.pool.query<{ plugin_id: string }>(
    'select plugin_id from installation limit 1',
  )
  pluginId = rows[0]!.plugin_id
})
afterAll(async () => {
  await Promise.all([stage.close(), other.close()])
  await server.close()
})

const set = async (by: TestStage, id: string, value: string) =>
  (await by.operator.request(SetSecretDocument, { input: { installationId: id, key: 'API_TOKEN', value } }))
    .setSecret
const ownerOf = (by: TestStage) => ({
  organizationId: rowId(by.organizationId),
  pluginId,
  siteId: rowId(by.siteIds[0]!),
})

test('a value can be read by its plugin; each new one is a new version, also of several at once', async () => {
  expect(accepted(await set(stage, installationId, VALUE)).secret).toMatchObject({
    key: 'API_TOKEN',
    version: 1,
  })
  const all = await Promise.all(Array.from({ length: 5 }, () => set(stage, installationId, VALUE)))
  // An answer tells the secret as it is by then, which may be another's version already; each one has its event.
  expect(Math.max(...all.map((it) => accepted(it).secret!.version))).toBe(6)
  const { rows } = await server.app.database.pool.query<{ version: number }>(
    `select (payload->>'version')::int as version from event where type = 'secret.changed' order by 1`,
  )
  expect(rows.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6])
  accepted(await activate(stage, installationId))
  const { runJob } = await stage.operator.request(RunJobDocument, { input: { installationId, job: 'peek' } })
  expect(accepted(runJob).invocation).toMatchObject({ outcome: 'OK' })
  expect(await readSecret(server.app, ownerOf(stage), 'API_TOKEN')).toBe(VALUE)
})

test('the value is nowhere in the database, the log, the events and the graph', async () => {
  accepted(await set(stage, installationId, VALUE))
  const tables = await server.app.database.pool.query<{ name: string }>(
    `select table_schema || '."' || table_name || '"' as name from information_schema.tables
     where table_schema in ('public', 'graphile_worker') and table_type = 'BASE TABLE'`,
  )
  for (const { name } of tables.rows) {
    const { rows } = await server.app.database.pool.query<{ all: string | null }>(
      `select json_agg(t)::text as all from ${name} t`,
    )
    expect(rows[0]!.all ?? '', name).not.toContain(VALUE)
    expect(rows[0]!.all ?? '', name).not.toContain(Buffer.from(VALUE).toString('hex'))
  }
  expect(server.logLines.length).toBeGreaterThan(0)
  expect(server.logLines.join('\n')).not.toContain(VALUE)
  const query = `query ($id: ID!) {
    secrets(installationId: $id) { key version updatedAt }
    events(first: 100) { nodes { type payload } }
    invocations(first: 100) { nodes { logs { message } error } }
    node(id: $id) { ... on Installation { configuration effectiveSettings } }
  }`
  const answer = await ask(server, query, { key: stage.operatorKey, variables: { id: installationId } })
  expect(answer.json!.errors).toBeUndefined()
  expect(answer.text).toContain('API_TOKEN')
  expect(answer.text).not.toContain(VALUE)
})

test('a ciphertext that is moved to another row does not open', async () => {
  accepted(await set(stage, installationId, VALUE))
  accepted(await set(other, otherInstallationId, 'the value of globex'))
  const { pool } = server.app.database
  const [mine, theirs] = [rowId(stage.organizationId), rowId(other.organizationId)]
  await pool.query(
    'update secret set sealed = (select sealed from secret where organization_id = $1) where organization_id = $2',
    [theirs, mine],
  )
  await expect(readSecret(server.app, ownerOf(stage), 'API_TOKEN')).rejects.toThrow()
  await pool.query(
    'update secret_key set wrapped_key = (select wrapped_key from secret_key where organization_id = $1) where organization_id = $2',
    [theirs, mine],
  )
  await expect(readSecret(server.app, ownerOf(stage), 'API_TOKEN')).rejects.toThrow()
  expect(await readSecret(server.app, ownerOf(other), 'API_TOKEN')).toBe('the value of globex')
})

test('within an organization as well: the same ciphertext under another key does not open', async () => {
  const { pool } = server.app.database
  accepted(
    (
      await other.operator.request(SetSecretDocument, {
        input: { installationId: otherInstallationId, key: 'SECOND', value: 'second' },
      })
    ).setSecret,
  )
  await pool.query(`update secret s set sealed = o.sealed from secret o
    where s.key = 'SECOND' and o.key = 'API_TOKEN' and o.organization_id = s.organization_id`)
  await expect(readSecret(server.app, ownerOf(other), 'SECOND')).rejects.toThrow()
})

test("who may not: a foreign organization's is NOT_FOUND, a viewer is FORBIDDEN, a bad name is told", async () => {
  expect(await refusalOf(set(stage, otherInstallationId, VALUE))).toMatchObject({ code: 'NOT_FOUND' })
  const viewing = { name: 'viewer', role: 'VIEWER' as const, organizationId: stage.organizationId }
  const { createApiKey } = await stage.admin.request(CreateApiKeyDocument, { input: viewing })
  const viewer = graphClient(server.url, accepted(createApiKey).secret!)
  expect(await refusalOf(set({ ...stage, operator: viewer }, installationId, VALUE))).toMatchObject({
    code: 'FORBIDDEN',
  })
  const input = { installationId, key: 'lower case', value: '' }
  const { setSecret } = await stage.operator.request(SetSecretDocument, { input })
  expect(setSecret.userErrors.map((error) => error.field)).toEqual([['key'], ['value']])
})
