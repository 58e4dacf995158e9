import { afterAll, beforeAll, expect, test } from 'vitest'
import { isInputObjectType, getNamedType } from 'graphql'
import { forgetIdempotencyKeys } from '../../../src/graphql/mutations/forget-keys.ts'
import { hours } from '../../../src/lib/units.ts'
import { schema } from '../../../src/schema.ts'
import { SubmitPackageDocument } from '../../../schema/generated/graphql.ts'
import { graphClient } from '../../../scripts/lib/graph-client.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { ask, eventually } from '../../support/http.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { codesOf, rowId, zipOf } from '../../support/stage.ts'

/** Two processes' worth of servers on one database. */
let here: TestServer
let there: TestServer
const clock = new FakeClock()
beforeAll(async () => {
  here = await startTestServer({ worker: false, clock })
  const { url: databaseUrl } = here.app.database
  there = await startTestServer({ worker: false, clock, databaseUrl, adminKey: here.adminKey })
})
afterAll(async () => {
  await there.close()
  await here.close()
})

interface Payload {
  userErrors: { code: string; message: string }[]
  organization?: { id: string; slug: string; name?: string } | null
  apiKey?: { id: string } | null
  secret?: string | null
}

/** The payload of a mutation, asked with a selection of one's own. */
async function mutate(
  server: TestServer,
  field: string,
  input: Record<string, unknown>,
  selection: string,
  key = here.adminKey,
): Promise<Payload> {
  const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input`
  const query = `mutation ($input: ${type}!) { ${field}(input: $input) { ${selection} userErrors { code message } } }`
  const { json } = await ask(server, query, { key, variables: { input } })
  expect(json!.errors).toBeUndefined()
  return json!.data![field] as Payload
}

const organization = (server: TestServer, input: Record<string, unknown>, key?: string): Promise<Payload> =>
  mutate(server, 'createOrganization', input, 'organization { id slug }', key)

async function keyOf(role: string): Promise<string> {
  const made = await mutate(here, 'createApiKey', { name: role, role }, 'secret')
  return made.secret!
}

/** Lets nobody write organizations until it is called. */
async function blockOrganizations(): Promise<() => Promise<void>> {
  const client = await here.app.database.pool.connect()
  await client.query('begin; lock table organization in exclusive mode')
  return async () => {
    await client.query('commit')
    client.release()
  }
}

async function keys(where: object = {}): Promise<number> {
  return await here.app.database.prisma.idempotencyKey.count({ where })
}

/** Inputs that wait for the lock. */
async function waiting(count: number): Promise<void> {
  await eventually(`${count} wait for the lock`, async () => {
    const { rows } = await here.app.database.pool.query<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    )
    return rows[0]!.n === count
  })
}

test('the same key and input at once at two processes is done once, and all get the first answer', async () => {
  const input = { slug: 'at-once', name: 'At once', idempotencyKey: 'at-once' }
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, index) => organization(index % 2 === 0 ? here : there, input)),
  )
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
  expect(answers[0]).toMatchObject({ organization: { slug: 'at-once' }, userErrors: [] })
  const told = await here.app.database.prisma.auditEntry.count({
    where: { subjectId: rowId(answers[0]!.organization!.id) },
  })
  expect(told).toBe(1)
})

test('a repeat may select other fields, and write its own in another order', async () => {
  const first = await organization(here, { slug: 'reordered', name: 'Reordered', idempotencyKey: 'order' })
  const again = { idempotencyKey: 'order', name: 'Reordered', slug: 'reordered' }
  expect(await mutate(there, 'createOrganization', again, 'organization { id name }')).toMatchObject({
    organization: { id: first.organization!.id, name: 'Reordered' },
  })
})

test('while the first still runs, a repeat at another process waits for its answer', async () => {
  const release = await blockOrganizations()
  const input = { slug: 'slow', name: 'Slow', idempotencyKey: 'slow' }
  const first = organization(here, input)
  await waiting(1)
  const second = organization(there, input)
  await eventually('the second has looked', async () => (await keys({ key: 'slow' })) === 1)
  await release()
  expect(await second).toEqual(await first)
})

test('who was out of touch is taken over after his lease, and if he comes back he changes nothing', async () => {
  const release = await blockOrganizations()
  const input = { slug: 'taken-over', name: 'Taken over', idempotencyKey: 'taken-over' }
  const query =
    'mutation ($input: CreateOrganizationInput!) { createOrganization(input: $input) { userErrors { code } } }'
  const first = ask(here, query, { key: here.adminKey, variables: { input } })
  await waiting(1)
  await here.app.database.pool.query(
    `update idempotency_key set lease_until = now() where key = 'taken-over'`,
  )
  const second = organization(there, input)
  await waiting(2)
  await release()
  expect(codesOf(await second)).toEqual([])
  // Where he is first he is told that another has taken over, where he is second that it is done.
  expect(JSON.stringify((await first).json)).toMatch(/CONFLICT|ALREADY_EXISTS/)
  expect(await keys({ key: 'taken-over' })).toBe(1)
})

test('the same key with another input is refused, also where the difference is a null or a file', async () => {
  const input = { slug: 'mine', name: 'Mine', idempotencyKey: 'reused' }
  await organization(here, input)
  expect(codesOf(await organization(there, { ...input, name: 'Yours' }))).toEqual(['IDEMPOTENCY_KEY_REUSED'])
  const key = { name: 'k', role: 'VIEWER', idempotencyKey: 'null-or-not' }
  await mutate(here, 'createApiKey', key, 'secret')
  expect(codesOf(await mutate(here, 'createApiKey', { ...key, expiresAt: null }, 'secret'))).toEqual([
    'IDEMPOTENCY_KEY_REUSED',
  ])
})

test('the same file is the same input by its bytes, whatever its name', async () => {
  const publisher = graphClient(here.url, await keyOf('PUBLISHER'))
  const submitted = async (file: File) => {
    const input = { file, idempotencyKey: 'upload' }
    return (await publisher.request(SubmitPackageDocument, { input })).submitPackage
  }
  const file = zipOf({ id: 'once-uploaded' })
  const first = await submitted(file)
  expect(first.userErrors).toEqual([])
  expect(await submitted(new File([file], 'other-name.zip'))).toEqual(first)
  expect(codesOf(await submitted(zipOf({ id: 'another-one' })))).toEqual(['IDEMPOTENCY_KEY_REUSED'])
  await publisher.close()
})

test('what was refused frees the key: the mended input may have it', async () => {
  const input = { slug: 'No Slug', name: 'Mended', idempotencyKey: 'mended' }
  expect(codesOf(await organization(here, input))).toEqual(['INVALID_INPUT'])
  expect(codesOf(await organization(here, { ...input, slug: 'mended' }))).toEqual([])
})

test('keys of different principals and of different mutations never meet', async () => {
  const other = await keyOf('ADMIN')
  await organization(here, { slug: 'of-one', name: 'Of one', idempotencyKey: 'shared' })
  const theirs = await organization(there, { slug: 'of-two', name: 'Two', idempotencyKey: 'shared' }, other)
  expect(theirs.organization?.slug).toBe('of-two')
  const input = { name: 'shared', role: 'VIEWER', idempotencyKey: 'shared' }
  expect((await mutate(here, 'createApiKey', input, 'apiKey { id }')).apiKey).not.toBeNull()
})

test('an API key’s secret is told once, and lies nowhere', async () => {
  const input = { name: 'told once', role: 'VIEWER', idempotencyKey: 'told-once' }
  const first = await mutate(here, 'createApiKey', input, 'secret apiKey { id }')
  const again = await mutate(there, 'createApiKey', input, 'secret apiKey { id }')
  expect(again).toEqual({ ...first, secret: null })
  const { answer } = await here.app.database.prisma.idempotencyKey.findFirstOrThrow({
    where: { key: 'told-once' },
  })
  expect(JSON.stringify(answer)).not.toContain(first.secret!)
})

test('whose rights were taken back is not told the answer again', async () => {
  const key = await keyOf('ADMIN')
  const input = { slug: 'before', name: 'Before', idempotencyKey: 'rights' }
  const first = await organization(here, input, key)
  const prefix = key.slice(0, 12)
  await here.app.database.prisma.membership.updateMany({
    where: { principal: { apiKey: { prefix } } },
    data: { role: 'VIEWER' },
  })
  const query = `mutation ($input: CreateOrganizationInput!) { createOrganization(input: $input) { organization { id } } }`
  const { json } = await ask(here, query, { key, variables: { input } })
  expect(json!.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
  expect(first.organization).not.toBeNull()
})

test.each([
  ['', 'empty'],
  ['x'.repeat(201), 'long'],
  ['zeile\n', 'broken'],
  ['schlüssel', 'not ASCII'],
])('the key %j is refused', async (idempotencyKey) => {
  const input = { slug: 'bad-key', name: 'Bad', idempotencyKey }
  expect(codesOf(await organization(here, input))).toEqual(['INVALID_INPUT'])
})

test('after 24 hours a key is free again, and its row is gone', async () => {
  const input = { slug: 'yesterday', name: 'Yesterday', idempotencyKey: 'daily' }
  await organization(here, input)
  clock.advance(hours(24) - 1)
  expect(codesOf(await organization(there, { ...input, slug: 'today' }))).toEqual(['IDEMPOTENCY_KEY_REUSED'])
  clock.advance(1)
  expect((await organization(there, { ...input, slug: 'today' })).organization?.slug).toBe('today')
  expect(await forgetIdempotencyKeys(here.app)).toBeGreaterThan(5)
  expect(await keys()).toBe(1)
})

test('every mutation takes an idempotency key, but for the one that takes nothing', () => {
  const without = Object.values(schema.getMutationType()!.getFields()).filter(({ args }) => {
    const type = args[0] === undefined ? null : getNamedType(args[0].type)
    return !isInputObjectType(type) || !('idempotencyKey' in type.getFields())
  })
  expect(without.map((field) => field.name)).toEqual(['syncPlugins'])
})
