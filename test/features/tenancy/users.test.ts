import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  CreateApiKeyDocument,
  GrantRoleDocument,
  OrganizationMembersDocument,
  RevokeApiKeyDocument,
  RevokeRoleDocument,
  type GrantRoleInput,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { graphClient, type GraphClient } from '../../../scripts/lib/graph-client.ts'
import { MEMBERSHIP } from '../../../src/auth/memberships.ts'
import { canSeeUser, visibleUsers } from '../../../src/features/tenancy/policy.ts'
import { Role } from '../../../src/generated/prisma/enums.ts'
import { ask } from '../../support/http.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { codesOf, countRows, openStage, refusalOf, rowId, type TestStage } from '../../support/stage.ts'

let server: TestServer
let stage: TestStage
let other: TestStage
/** Of the first organization only. */
let manager: GraphClient
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  stage = await openStage(server, 'acme')
  other = await openStage(server, 'globex')
  const input = { name: 'manager', role: 'ADMIN' as const, organizationId: stage.organizationId }
  const made = await stage.admin.request(CreateApiKeyDocument, { input })
  manager = graphClient(server.url, accepted(made.createApiKey).secret!)
})
afterAll(async () => {
  await Promise.all([stage.close(), other.close(), manager.close()])
  await server.close()
})

const grant = async (input: Partial<GrantRoleInput>, by = manager) =>
  (
    await by.request(GrantRoleDocument, {
      input: { email: 'ada@example.com', role: 'VIEWER', organizationId: stage.organizationId, ...input },
    })
  ).grantRole

const revoke = async (input: Partial<GrantRoleInput>, by = manager) =>
  (
    await by.request(RevokeRoleDocument, {
      input: { email: 'ada@example.com', role: 'VIEWER', organizationId: stage.organizationId, ...input },
    })
  ).revokeRole

const membersOf = async (client: GraphClient, slug = 'acme') =>
  (await client.request(OrganizationMembersDocument, { slug, first: 50 })).organization!.members

test('who is given a role is made where he is not known, and is a member; twice is once, also at once', async () => {
  const input = { email: ' Grace.Hopper@Example.COM ', name: 'Grace Hopper' }
  const made = await Promise.all(Array.from({ length: 8 }, () => grant(input)))
  const users = new Set(made.map((it) => accepted(it).user!.id))
  expect(users.size).toBe(1)
  accepted(await grant({ ...input, role: 'OPERATOR' }))
  const { totalCount, nodes } = await membersOf(manager)
  expect(totalCount).toBe(nodes.length)
  const grace = nodes.find(({ email }) => email === 'grace.hopper@example.com')!
  expect(grace).toMatchObject({ name: 'Grace Hopper' })
  expect(grace.memberships.map(({ role, organization }) => [role, organization!.slug])).toEqual([
    ['VIEWER', 'acme'],
    ['OPERATOR', 'acme'],
  ])
  const { rows } = await server.app.database.pool.query<{ details: unknown; actor: string | null }>(
    `select details, actor_id as actor from audit_entry where action = 'role.granted' and subject_id = $1 order by id`,
    [rowId(grace.id)],
  )
  expect(rows.map(({ details }) => details)).toEqual([
    { email: grace.email, role: 'VIEWER', before: { roles: [] }, after: { roles: ['VIEWER'] } },
    {
      email: grace.email,
      role: 'OPERATOR',
      before: { roles: ['VIEWER'] },
      after: { roles: ['OPERATOR', 'VIEWER'] },
    },
  ])
  expect(rows.every(({ actor }) => actor !== null)).toBe(true)
})

test('a role that is taken away is gone; who does not hold it is NOT_FOUND, as an address that nobody has', async () => {
  accepted(await grant({ email: 'alan@example.com' }))
  accepted(await grant({ email: 'elsewhere@example.com', organizationId: other.organizationId }, stage.admin))
  accepted(await revoke({ email: 'ALAN@example.com' }))
  expect((await membersOf(manager)).nodes.map(({ email }) => email)).not.toContain('alan@example.com')
  const answers = await Promise.all(
    ['alan@example.com', 'elsewhere@example.com', 'nobody@example.com'].map((email) => revoke({ email })),
  )
  expect(codesOf(answers[0]!)).toEqual(['NOT_FOUND'])
  expect(answers[1]).toEqual(answers[0])
  expect(answers[2]).toEqual(answers[0])
})

test('a user of another organization is a stranger: no node, no member, no e-mail address', async () => {
  const input = { email: 'hank@example.com', name: 'Hank', organizationId: other.organizationId }
  const { id } = accepted(await grant(input, stage.admin)).user!
  const query = 'query ($id: ID!) { node(id: $id) { ... on User { email } } }'
  const asked = async (client: GraphClient) =>
    await refusalOf(client.request(query as never, { id } as never))
  expect(await asked(manager)).toMatchObject({ code: 'NOT_FOUND' })
  expect(await asked(other.operator)).toBeNull()
  expect(JSON.stringify(await membersOf(manager))).not.toContain('hank')
  expect((await manager.request(OrganizationMembersDocument, { slug: 'globex' })).organization).toBeNull()
  // Of a user of both, each sees his own organization's half.
  accepted(await grant({ email: 'hank@example.com' }))
  const hank = (await membersOf(manager)).nodes.find(({ email }) => email === 'hank@example.com')!
  expect(hank.memberships.map(({ organization }) => organization!.slug)).toEqual(['acme'])
  // Nobody learns by a role that he gives to an address whose it is.
  expect(hank.name).toBe('hank@example.com')
})

test('whom lists show is whom one sees one by one, for every role and place', async () => {
  const { prisma } = server.app.database
  const select = { id: true, principal: { select: { memberships: { select: MEMBERSHIP } } } }
  const users = await prisma.user.findMany({ select })
  for (const role of Object.values(Role)) {
    for (const organizationId of [null, rowId(stage.organizationId), rowId(other.organizationId)]) {
      const grants = [{ role, organizationId, permissions: null }]
      const actor = { principalId: users[0]!.id, kind: 'user' as const, grants }
      const listed = await prisma.user.findMany({ where: visibleUsers(actor), select: { id: true } })
      const seen = users.filter(({ id, principal }) => canSeeUser(actor, { id, ...principal }))
      expect(listed.map(({ id }) => id).sort()).toEqual(seen.map(({ id }) => id).sort())
    }
  }
})

test.each([
  ['no address', 'ada'],
  ['two of them', 'ada@example.com,bob@example.com'],
  ['a Kelvin sign, which is a k in lower case', '\u212Aate@example.com'],
  ['a Cyrillic letter that looks Latin', '\u0430da@example.com'],
  ['a domain of other letters', 'ada@ex\u00E4mple.com'],
  ['a hidden character', 'ada\u200B@example.com'],
  ['a line break', 'ada@example.com\nbob@example.com'],
  ['a million characters', `${'a'.repeat(1_000_000)}@example.com`],
  ['no top-level domain', 'ada@localhost'],
  ['NUL', 'ada\0@example.com'],
])('an e-mail address is refused: %s', async (_name, email) => {
  const before = await countRows(server)
  const refused = await grant({ email })
  expect(refused.userErrors).toEqual([expect.objectContaining({ code: 'INVALID_INPUT', field: ['email'] })])
  expect(refused.userErrors[0]!.message.length).toBeLessThan(300)
  expect(await countRows(server)).toEqual(before)
})

test.each([
  ['empty', ''],
  ['a space', ' '],
  ['a million characters', 'x'.repeat(1_000_000)],
  ['one that is turned around', 'Ada\u202Enimda'],
  ['a bell', 'Ada\u0007'],
  ['NUL', 'A\0B'],
])('a name is refused: %s', async (_name, name) => {
  expect(new Set(codesOf(await grant({ email: 'new@example.com', name })))).toEqual(
    new Set(['INVALID_INPUT']),
  )
})

test('only who manages the tenancy there gives roles: others are FORBIDDEN, strangers see nothing', async () => {
  expect(await refusalOf(grant({}, stage.operator))).toMatchObject({ code: 'FORBIDDEN' })
  expect(await refusalOf(revoke({}, stage.operator))).toMatchObject({ code: 'FORBIDDEN' })
  expect(await refusalOf(grant({ organizationId: null }))).toMatchObject({ code: 'FORBIDDEN' })
  expect(await refusalOf(grant({ organizationId: other.organizationId }))).toMatchObject({
    code: 'NOT_FOUND',
  })
  expect(await refusalOf(revoke({ organizationId: other.organizationId }))).toMatchObject({
    code: 'NOT_FOUND',
  })
})

test('the last administrator of the platform stays, a user who has never signed in is none', async () => {
  const { rows } = await server.app.database.pool.query<{ id: string }>(
    `select id from api_key where name = 'admin'`,
  )
  const apiKeyId = Buffer.from(`ApiKey:${rows[0]!.id}`).toString('base64')
  const end = async (id: string) =>
    (await stage.admin.request(RevokeApiKeyDocument, { input: { apiKeyId: id } })).revokeApiKey
  // Nobody signs in here: there is no issuer of tokens.
  accepted(await grant({ email: 'root@example.com', role: 'ADMIN', organizationId: null }, stage.admin))
  expect(codesOf(await end(apiKeyId))).toEqual(['INVALID_STATE'])
  const input = { name: 'narrow', role: 'ADMIN' as const, permissions: ['tenancy:manage'] }
  accepted((await stage.admin.request(CreateApiKeyDocument, { input })).createApiKey)
  expect(codesOf(await end(apiKeyId))).toEqual(['INVALID_STATE'])
  accepted(await revoke({ email: 'root@example.com', role: 'ADMIN', organizationId: null }, stage.admin))
  expect((await ask(server, '{ organizations { totalCount } }', { key: server.adminKey })).status).toBe(200)
})

test('two administrators who revoke each other leave one', async () => {
  const made = await Promise.all(
    ['first', 'second'].map((name) =>
      stage.admin.request(CreateApiKeyDocument, { input: { name, role: 'ADMIN' } }),
    ),
  )
  const keys = made.map((it) => accepted(it.createApiKey))
  const { pool } = server.app.database
  await pool.query(`update api_key set expires_at = now() - interval '1 day' where name = 'admin'`)
  const clients = keys.map(({ secret }) => graphClient(server.url, secret!))
  const results = await Promise.allSettled(
    clients.map((client, index) =>
      client.request(RevokeApiKeyDocument, { input: { apiKeyId: keys[1 - index]!.apiKey!.id } }),
    ),
  )
  const done = results.filter(
    (it) => it.status === 'fulfilled' && it.value.revokeApiKey.userErrors.length === 0,
  )
  expect(done).toHaveLength(1)
  await pool.query(`update api_key set expires_at = null where name = 'admin'`)
  await Promise.all(clients.map((client) => client.close()))
})
