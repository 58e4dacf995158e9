import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  CreateApiKeyDocument,
  GrantPermissionDocument,
  OrganizationMembersDocument,
  RevokePermissionDocument,
  type CreateApiKeyInput,
  type Role,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { graphClient, type GraphClient } from '../../../scripts/lib/graph-client.ts'
import { send } from '../../support/http.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { codesOf, openStage, refusalOf, rowId, run, type TestStage } from '../../support/stage.ts'

const CODE = `import { definePlugin } from 'patchbay'
const answer = () => ({ status: 200, body: { ok: true } })
export default definePlugin({
  routes: { 'GET /open': answer, 'GET /ranked': answer, 'GET /secret': answer },
})`
const MANIFEST = {
  id: 'ranks',
  permissions: ['routes:serve'],
  contributes: { permissions: ['ranks:read', 'ranks:secret'] },
  routes: [
    { method: 'GET', path: '/open' },
    { method: 'GET', path: '/ranked', permission: 'ranks:read' },
    { method: 'GET', path: '/secret', permission: 'ranks:secret' },
  ],
}

let server: TestServer
let stage: TestStage
let other: TestStage
let manager: GraphClient
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  stage = await openStage(server, 'acme')
  other = await openStage(server, 'globex')
  await run(stage, MANIFEST, CODE)
  manager = graphClient(server.url, await keyOf({ role: 'ADMIN' }))
})
afterAll(async () => {
  await Promise.all([stage.close(), other.close(), manager.close()])
  await server.close()
})

async function keyOf(input: Partial<CreateApiKeyInput>, by = stage.admin): Promise<string> {
  const { createApiKey } = await by.request(CreateApiKeyDocument, {
    input: { name: 'a key', role: 'VIEWER', organizationId: stage.organizationId, ...input },
  })
  return accepted(createApiKey).secret!
}

const call = async (path: string, key?: string): Promise<number> =>
  (
    await send(`${server.url}/ext/ranks${path}?site=acme/north`, {
      headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    })
  ).status

const grant = async (
  permission: string,
  role: Role = 'VIEWER',
  by = manager,
  organizationId = stage.organizationId,
) =>
  (await by.request(GrantPermissionDocument, { input: { organizationId, role, permission } })).grantPermission

const revoke = async (permission: string, role: Role = 'VIEWER', by = manager) =>
  (
    await by.request(RevokePermissionDocument, {
      input: { organizationId: stage.organizationId, role, permission },
    })
  ).revokePermission

test('a route that demands a permission of its plugin serves whose role was given it, and administrators', async () => {
  const viewer = await keyOf({})
  const operator = await keyOf({ role: 'OPERATOR' })
  const stranger = await keyOf({ role: 'OPERATOR', organizationId: other.organizationId })
  expect(await call('/ranked')).toBe(401)
  expect(await call('/ranked', viewer)).toBe(403)
  expect(await call('/ranked', operator)).toBe(403)
  expect(await call('/ranked', server.adminKey)).toBe(200)
  expect(await call('/open', operator)).toBe(200)
  const given = accepted(await grant('ranks:read')).organization!.rolePermissions
  expect(given.find(({ role }) => role === 'VIEWER')!.contributed).toEqual(['ranks:read'])
  expect(await call('/ranked', viewer)).toBe(200)
  expect(await call('/secret', viewer)).toBe(403)
  // Another role was not given it; where a route demands one, running plugins is not enough.
  expect(await call('/ranked', operator)).toBe(403)
  expect(await call('/ranked', stranger)).toBe(404)
  accepted(await revoke('ranks:read'))
  expect(await call('/ranked', viewer)).toBe(403)
})

test('giving twice is once; each change is an event with what changed; who has it not loses nothing', async () => {
  const give = await Promise.all(Array.from({ length: 6 }, () => grant('ranks:secret', 'PUBLISHER')))
  for (const it of give) accepted(it)
  accepted(await revoke('ranks:secret', 'PUBLISHER'))
  expect(codesOf(await revoke('ranks:secret', 'PUBLISHER'))).toEqual(['NOT_FOUND'])
  const { rows } = await server.app.database.pool.query(
    `select action, details from audit_entry where action like 'permission.%' and subject_id = $1
       and details ->> 'role' = 'PUBLISHER' order by id`,
    [rowId(stage.organizationId)],
  )
  const it = { role: 'PUBLISHER', permission: 'ranks:secret' }
  expect(rows).toEqual([
    { action: 'permission.granted', details: { ...it, before: null, after: it } },
    { action: 'permission.revoked', details: { ...it, before: it, after: null } },
  ])
})

test('only what plugins contribute can be given, and not to administrators, who hold it', async () => {
  const misspelt = await grant('ranks:raed')
  expect(misspelt.userErrors).toEqual([
    {
      code: 'INVALID_INPUT',
      field: ['permission'],
      message:
        'No plugin contributes "ranks:raed". Did you mean "ranks:read"? Plugins here contribute: ranks:read, ranks:secret.',
    },
  ])
  for (const name of ['tenancy:manage', '', '\0', '"', 'x'.repeat(1_000_000)]) {
    expect(codesOf(await grant(name)), name.slice(0, 20)).toEqual(['INVALID_INPUT'])
  }
  expect((await grant('ranks:read', 'ADMIN')).userErrors[0]).toMatchObject({
    code: 'INVALID_INPUT',
    field: ['role'],
  })
})

test('only its administrators give it, and only what they hold themselves', async () => {
  expect(await refusalOf(grant('ranks:read', 'VIEWER', stage.operator))).toMatchObject({ code: 'FORBIDDEN' })
  expect(await refusalOf(grant('ranks:read', 'VIEWER', manager, other.organizationId))).toMatchObject({
    code: 'NOT_FOUND',
  })
  const narrow = graphClient(
    server.url,
    await keyOf({ role: 'ADMIN', permissions: ['tenancy:manage', 'ranks:read'] }),
  )
  expect(await refusalOf(grant('ranks:secret', 'VIEWER', narrow))).toMatchObject({ code: 'FORBIDDEN' })
  accepted(await grant('ranks:read', 'REVIEWER', narrow))
  expect(await refusalOf(keyOf({ role: 'ADMIN', permissions: ['ranks:secret'] }, narrow))).toMatchObject({
    code: 'FORBIDDEN',
  })
  await narrow.close()
})

test('a key may be narrowed to a permission of a plugin: it calls that route and nothing else', async () => {
  const key = await keyOf({ role: 'ADMIN', permissions: ['ranks:read'] })
  expect(await call('/ranked', key)).toBe(200)
  expect(await call('/secret', key)).toBe(404)
  expect(await call('/open', key)).toBe(404)
  const client = graphClient(server.url, key)
  expect(await refusalOf(client.request(OrganizationMembersDocument, { slug: 'acme' }))).toBeNull()
  expect((await client.request(OrganizationMembersDocument, { slug: 'acme' })).organization).toBeNull()
  await client.close()
  // A role that was not given it cannot be narrowed to it; once it was, its keys lose it with the role.
  const input = { name: 'a key', role: 'OPERATOR' as const, organizationId: stage.organizationId }
  const permissions = ['ranks:secret']
  const refused = await stage.admin.request(CreateApiKeyDocument, { input: { ...input, permissions } })
  expect(codesOf(refused.createApiKey)).toEqual(['INVALID_INPUT'])
  accepted(await grant('ranks:secret', 'OPERATOR'))
  const operator = await stage.admin.request(CreateApiKeyDocument, { input: { ...input, permissions } })
  expect(accepted(operator.createApiKey).apiKey!.memberships).toEqual([{ role: 'OPERATOR', permissions }])
  expect(await call('/secret', operator.createApiKey.secret!)).toBe(200)
  accepted(await revoke('ranks:secret', 'OPERATOR'))
  expect(await call('/secret', operator.createApiKey.secret!)).toBe(404)
})
