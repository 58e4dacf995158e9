import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CreateApiKeyDocument, RevokeApiKeyDocument, type Role } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { hours, minutes } from '../../../src/lib/units.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { ask } from '../../support/http.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { codesOf, openStage, refusalOf, rowId, type TestStage } from '../../support/stage.ts'

const clock = new FakeClock(new Date())
let server: TestServer
let stage: TestStage
let other: TestStage
beforeAll(async () => {
  server = await startTestServer({ worker: false, clock })
  stage = await openStage(server, 'acme')
  other = await openStage(server, 'globex')
})
afterAll(async () => {
  await Promise.all([stage.close(), other.close()])
  await server.close()
})

async function makeKey(role: Role, more: { expiresAt?: string; organizationId?: string } = {}) {
  const input = { name: 'a key', role, organizationId: stage.organizationId, ...more }
  const { createApiKey } = await stage.admin.request(CreateApiKeyDocument, { input })
  return {
    id: accepted(createApiKey).apiKey!.id,
    prefix: createApiKey.apiKey!.prefix,
    secret: createApiKey.secret!,
  }
}

const viewer = async (key: string) => (await ask(server, '{ viewer { __typename } }', { key })).json!

test('a key is told once; the database holds its SHA-256 and its first characters', async () => {
  const { id, secret, prefix } = await makeKey('VIEWER')
  const { rows } = await server.app.database.pool.query<Record<string, unknown>>(
    'select * from api_key where id = $1',
    [rowId(id)],
  )
  expect(rows[0]!['hash']).toEqual(createHash('sha256').update(secret).digest())
  expect(rows[0]!['prefix']).toBe(prefix)
  expect(secret.startsWith(prefix)).toBe(true)
  const dump = await server.app.database.pool.query<{ all: string }>(
    `select (select json_agg(k) from api_key k)::text || (select json_agg(e) from event e)::text as all`,
  )
  const hidden = secret.slice(prefix.length + 1)
  expect(dump.rows[0]!.all).not.toContain(hidden)
  expect(server.logLines.join('\n')).not.toContain(hidden)
  const again = await ask(
    server,
    'query ($id: ID!) { node(id: $id) { ... on ApiKey { name prefix } } apiKeys { nodes { name prefix } } }',
    {
      key: server.adminKey,
      variables: { id },
    },
  )
  expect(again.json!.data).toMatchObject({ node: { name: 'a key', prefix } })
  expect(again.text).not.toContain(hidden)
})

test('a key that expired is refused as one that never was', async () => {
  const expiresAt = new Date(clock.now().getTime() + minutes(5)).toISOString()
  const { secret } = await makeKey('VIEWER', { expiresAt })
  expect((await viewer(secret)).errors).toBeUndefined()
  clock.advance(minutes(6))
  const expired = await viewer(secret)
  const unknown = await viewer('pbk_nobody_knows')
  expect(expired.errors![0]!.extensions!.code).toBe('UNAUTHENTICATED')
  expect(expired.errors![0]!.message).toBe(unknown.errors![0]!.message)
})

test('a key cannot be made to be expired already', async () => {
  const expiresAt = new Date(clock.now().getTime() - hours(1)).toISOString()
  const input = { name: 'late', role: 'VIEWER' as const, expiresAt }
  const { createApiKey } = await stage.admin.request(CreateApiKeyDocument, { input })
  expect(codesOf(createApiKey)).toEqual(['INVALID_INPUT'])
  expect(createApiKey.secret).toBeNull()
})

test('a revoked key is refused at once; revoking twice is once', async () => {
  const { id, secret } = await makeKey('OPERATOR')
  const revoke = async () =>
    accepted((await stage.admin.request(RevokeApiKeyDocument, { input: { apiKeyId: id } })).revokeApiKey)
      .apiKey!
  const first = await revoke()
  expect((await viewer(secret)).errors![0]!.extensions!.code).toBe('UNAUTHENTICATED')
  clock.advance(minutes(1))
  expect((await revoke()).revokedAt).toBe(first.revokedAt)
  const { rows } = await server.app.database.pool.query(
    `select id from event where type = 'api_key.revoked' and subject_id = $1`,
    [rowId(id)],
  )
  expect(rows).toHaveLength(1)
})

test("an organization's administrator gives and takes roles there, and nowhere else", async () => {
  const { secret } = await makeKey('ADMIN')
  const create = async (organizationId?: string) =>
    await ask(server, 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }', {
      key: secret,
      variables: {
        input: { name: 'one more', role: 'VIEWER', ...(organizationId ? { organizationId } : {}) },
      },
    })
  expect((await create(stage.organizationId)).json!.errors).toBeUndefined()
  expect((await create()).json!.errors![0]!.extensions!.code).toBe('FORBIDDEN')
  expect((await create(other.organizationId)).json!.errors![0]!.extensions!.code).toBe('NOT_FOUND')
})

test("another organization's key cannot be revoked, nor seen to exist", async () => {
  const { id } = await makeKey('VIEWER', { organizationId: other.organizationId })
  expect(
    await refusalOf(stage.operator.request(RevokeApiKeyDocument, { input: { apiKeyId: id } })),
  ).toMatchObject({
    code: 'NOT_FOUND',
  })
})

test('keys that come at the same time are told apart, and an unknown or revoked one spoils no other', async () => {
  const [one, two, gone] = await Promise.all([makeKey('VIEWER'), makeKey('OPERATOR'), makeKey('VIEWER')])
  await stage.admin.request(RevokeApiKeyDocument, { input: { apiKeyId: gone.id } })
  const secrets = [one.secret, gone.secret, two.secret, `${one.secret}x`, one.secret]
  const answers = await Promise.all(
    secrets.map((key) => ask(server, '{ viewer { ... on ApiKey { id } } }', { key })),
  )
  const ids = answers.map(({ status, json }) =>
    status === 200 ? (json!.data as { viewer: { id: string } }).viewer.id : status,
  )
  expect(ids).toEqual([one.id, 401, two.id, 401, one.id])
})
