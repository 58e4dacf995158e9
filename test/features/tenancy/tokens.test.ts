import type { JWTPayload } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { GrantRoleDocument, PackageReviewDocument } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { graphClient } from '../../../scripts/lib/graph-client.ts'
import { grantsOfClaims } from '../../../src/auth/token-grants.ts'
import { seconds } from '../../../src/lib/units.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { ask, type Answer } from '../../support/http.ts'
import { RawSocket } from '../../support/raw-socket.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { openStage, rowId, submit, zipOf, type TestStage } from '../../support/stage.ts'
import { startIssuer, type FakeIssuer } from '../../support/token-issuer.ts'

const clock = new FakeClock(new Date())
let issuer: FakeIssuer
let server: TestServer
let stage: TestStage
let other: TestStage
beforeAll(async () => {
  issuer = await startIssuer(() => clock.now().getTime())
  const env = { JWT_ISSUER: issuer.url, JWT_AUDIENCE: issuer.audience }
  server = await startTestServer({ worker: false, clock, env })
  stage = await openStage(server, 'acme')
  other = await openStage(server, 'globex')
})
afterAll(async () => {
  await Promise.all([stage.close(), other.close()])
  await server.close()
  await issuer.close()
})

const VIEWER =
  '{ viewer { __typename ... on User { id email name memberships { role organization { slug } } } } }'
const codeOf = ({ json }: Answer) => json?.errors?.[0]?.extensions?.code
const viewer = async (claims: JWTPayload) => await ask(server, VIEWER, { key: await issuer.sign(claims) })

/** Claims of somebody of that name. */
const person = (name: string, more: JWTPayload = {}): JWTPayload => ({
  sub: name,
  email: `${name}@example.com`,
  name,
  ...more,
})

const grant = async (email: string, role: 'ADMIN' | 'VIEWER' | 'OPERATOR', organizationId?: string) =>
  accepted(
    (
      await stage.admin.request(GrantRoleDocument, {
        input: { email, role, ...(organizationId ? { organizationId } : {}) },
      })
    ).grantRole,
  ).user!

test('an issuer that does not answer is UNAVAILABLE, and API keys go on', async () => {
  issuer.instead = { status: 500, body: '' }
  const answer = await viewer({})
  expect([answer.status, codeOf(answer)]).toEqual([503, 'UNAVAILABLE'])
  expect((await ask(server, VIEWER, { key: stage.operatorKey })).json!.data).toMatchObject({
    viewer: { __typename: 'ApiKey' },
  })
  const socket = await new RawSocket(server).open()
  socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${await issuer.sign()}` } })
  expect((await socket.closed).code).toBe(1013)
  issuer.instead = undefined
  clock.advance(seconds(6))
  expect((await viewer({})).status).toBe(200)
})

test('who comes with a token for the first time becomes a user, once, with what its claims give', async () => {
  const roles = ['OPERATOR@acme', 'VIEWER@nowhere', 'nonsense', 'ADMIN@globex@acme']
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => viewer(person('Ida', { email: 'Ida@Example.com', roles }))),
  )
  const seen = answers.map(({ json }) => json!.data!['viewer'] as { id: string })
  expect(new Set(seen.map(({ id }) => id)).size).toBe(1)
  expect(seen[0]).toMatchObject({
    __typename: 'User',
    email: 'ida@example.com',
    name: 'Ida',
    memberships: [{ role: 'OPERATOR', organization: { slug: 'acme' } }],
  })
  const query = '{ sites { totalCount nodes { organization { slug } } } }'
  const sites = async (claims: JWTPayload) =>
    (await ask(server, query, { key: await issuer.sign(person('Ida', claims)) })).json!.data!['sites']
  expect(JSON.stringify(await sites({ roles }))).not.toContain('globex')
  expect(await sites({ roles })).toMatchObject({ totalCount: 3 })
  // The next token gives less: nothing of the last one is left. Of all of them, one has asked the issuer for its keys.
  expect(await sites({})).toMatchObject({ totalCount: 0 })
  expect(issuer.asked.filter((asked) => asked === '/keys')).toEqual(['/keys'])
})

test('a role that was given by address is his who signs in with it first, and nobody else’s', async () => {
  const { id } = await grant('judy@example.com', 'VIEWER', stage.organizationId)
  const unverified = await viewer(person('judy', { email_verified: false }))
  expect([unverified.status, codeOf(unverified)]).toEqual([401, 'UNAUTHENTICATED'])
  expect(codeOf(await viewer(person('judy', { email_verified: 'true' })))).toBe('UNAUTHENTICATED')
  expect(codeOf(await viewer(person('judy', { email: undefined })))).toBe('UNAUTHENTICATED')
  const judy = (await viewer(person('judy'))).json!.data!['viewer']
  expect(judy).toMatchObject({ id, memberships: [{ role: 'VIEWER', organization: { slug: 'acme' } }] })
  const impostor = await viewer(person('other', { email: 'judy@example.com' }))
  expect(codeOf(impostor)).toBe('UNAUTHENTICATED')
  expect(impostor.text).toContain('another account')
  const { rows } = await server.app.database.pool.query(
    `select action, actor_id, organization_id, details -> 'after' ->> 'email' as email from audit_entry where subject_id = $1
     and action = 'user.joined'`,
    [rowId(id)],
  )
  expect(rows).toEqual([
    { action: 'user.joined', actor_id: rowId(id), organization_id: null, email: 'judy@example.com' },
  ])
  // From when she has come, those who gave her the role are told her name.
  const name = `query ($id: ID!) { node(id: $id) { ... on User { name } } }`
  const seen = await ask(server, name, { key: stage.operatorKey, variables: { id } })
  expect(seen.json!.data!['node']).toEqual({ name: 'judy' })
  // Once known, the subject alone tells who it is.
  const moved = await viewer(person('judy', { email: 'ida@example.com', email_verified: false }))
  expect(moved.json!.data!['viewer']).toMatchObject({ id, email: 'judy@example.com' })
})

test('what is wrong with a token is UNAUTHENTICATED, and an address that is no ASCII is told so', async () => {
  const token = await issuer.sign()
  const [header, payload, signature] = token.split('.')
  const wrong = [
    `${header}.${payload}.`,
    `${header}.${payload!.slice(2)}.${signature}`,
    `${'a'.repeat(9_000)}.b.c`,
  ]
  for (const key of wrong) {
    const answer = await ask(server, VIEWER, { key })
    expect([answer.status, codeOf(answer)]).toEqual([401, 'UNAUTHENTICATED'])
  }
  expect((await viewer({ exp: Math.floor(clock.now().getTime() / 1000) - 60 })).text).toContain('expired')
  expect((await viewer(person('kyrill', { email: 'k\u0443rill@example.com' }))).text).toContain('ASCII')
  const count = await server.app.database.prisma.user.count({ where: { subject: 'kyrill' } })
  expect(count).toBe(0)
})

test('claims lie where they are said to lie, and stand for what the map says', async () => {
  const withJwt = (change: object) => {
    const { config } = server.app
    return { ...server.app, config: { ...config, jwt: { ...config.jwt!, ...change } } }
  }
  const roleMap = [
    { value: 'ops', role: 'OPERATOR', organization: 'acme' },
    { value: 'root', role: 'ADMIN', organization: null },
  ] as const
  const operator = { role: 'OPERATOR', organizationId: rowId(stage.organizationId), permissions: null }
  const mapped = withJwt({ roleMap })
  expect(await grantsOfClaims(mapped, { roles: ['ops', 'ADMIN', 'else'] })).toEqual([operator])
  expect(await grantsOfClaims(mapped, { roles: 'root ops' })).toHaveLength(2)
  const nested = withJwt({ rolesClaim: 'realm_access.roles' })
  expect(await grantsOfClaims(nested, { realm_access: { roles: ['OPERATOR@acme'] } })).toEqual([operator])
  const url = withJwt({ rolesClaim: 'https://example.com/roles' })
  expect(await grantsOfClaims(url, { 'https://example.com/roles': ['OPERATOR@acme'] })).toEqual([operator])
  for (const roles of [null, 7, {}, [['ADMIN']], 'admin', ['ADMIN ', 'OPERATOR@', '@acme', 'constructor']]) {
    expect(await grantsOfClaims(server.app, { roles })).toEqual([])
  }
  expect(await grantsOfClaims(withJwt({ rolesClaim: '__proto__.constructor' }), {})).toEqual([])
})

test('users are shown wherever somebody acted; to strangers by their name alone', async () => {
  const client = graphClient(
    server.url,
    await issuer.sign(person('Max', { roles: ['PUBLISHER', 'REVIEWER'] })),
  )
  const { id } = accepted(await submit(client, zipOf({ id: 'by-a-user' }))).package!
  const shown = async (by: typeof client) => {
    const { node } = await by.request(PackageReviewDocument, { id })
    return (node as Extract<typeof node, { submittedBy?: unknown }>).submittedBy
  }
  expect(await shown(client)).toMatchObject({ name: 'Max', email: 'max@example.com' })
  expect(await shown(stage.admin)).toMatchObject({ name: 'Max', email: 'max@example.com', memberships: [] })
  expect(await shown(stage.reviewer)).toMatchObject({ name: 'Max', email: '', memberships: [] })
  const log = await ask(
    server,
    '{ auditLog(filter: { action: "package.submitted" }, first: 1) { nodes { actor { __typename ... on User { name } } } } }',
    { key: server.adminKey },
  )
  expect(log.json!.data).toMatchObject({
    auditLog: { nodes: [{ actor: { __typename: 'User', name: 'Max' } }] },
  })
  await client.close()
})

test('a user who is an administrator counts as one: where he may sign in, the last key may go', async () => {
  await grant('root@example.com', 'ADMIN')
  const seen = (await viewer(person('root'))).json!.data!['viewer']
  expect(seen).toMatchObject({ memberships: [{ role: 'ADMIN', organization: null }] })
  const { rows } = await server.app.database.pool.query<{ id: string }>(
    `select id from api_key where name = 'admin'`,
  )
  const revoking = `mutation { revokeApiKey(input: { apiKeyId: "${Buffer.from(`ApiKey:${rows[0]!.id}`).toString('base64')}" }) { userErrors { code } } }`
  const root = await issuer.sign(person('root'))
  const answer = await ask(server, revoking, { key: root })
  expect(answer.json!.data!['revokeApiKey']).toEqual({ userErrors: [] })
  const lowering = `mutation { revokeRole(input: { email: "root@example.com", role: ADMIN }) { userErrors { code } } }`
  const refused = await ask(server, lowering, { key: root })
  expect(refused.json!.data!['revokeRole']).toEqual({ userErrors: [{ code: 'INVALID_STATE' }] })
})
