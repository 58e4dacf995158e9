import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  CreateApiKeyDocument,
  CreateSiteDocument,
  GrantRoleDocument,
  type CreateApiKeyInput,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { graphClient, type GraphClient } from '../../../scripts/lib/graph-client.ts'
import { PERMISSIONS, ROLE_PERMISSIONS } from '../../../src/auth/permissions.ts'
import { ask } from '../../support/http.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { codesOf, openStage, refusalOf, type TestStage } from '../../support/stage.ts'

let server: TestServer
let stage: TestStage
const clients: GraphClient[] = []
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  stage = await openStage(server, 'acme')
})
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()))
  await stage.close()
  await server.close()
})

const create = async (input: Partial<CreateApiKeyInput>, by = stage.admin) =>
  (
    await by.request(CreateApiKeyDocument, {
      input: { name: 'narrow', role: 'ADMIN', organizationId: stage.organizationId, ...input },
    })
  ).createApiKey

async function clientWith(
  permissions: string[],
  more: Partial<CreateApiKeyInput> = {},
): Promise<GraphClient> {
  const client = graphClient(server.url, accepted(await create({ permissions, ...more })).secret!)
  clients.push(client)
  return client
}

const makeSite = (client: GraphClient, slug: string) =>
  client.request(CreateSiteDocument, {
    input: { organizationId: stage.organizationId, slug, name: slug, hostVersion: '2.0.0' },
  })

test('a key with fewer permissions than its role does only what they name, and says which', async () => {
  const made = accepted(await create({ permissions: ['tenancy:read', 'plugins:read', 'tenancy:read'] }))
  expect(made.apiKey!.memberships).toEqual([{ role: 'ADMIN', permissions: ['plugins:read', 'tenancy:read'] }])
  const reader = await clientWith(['tenancy:read'])
  expect(await refusalOf(makeSite(reader, 'east'))).toMatchObject({ code: 'FORBIDDEN' })
  const builder = await clientWith(['tenancy:manage', 'tenancy:read'])
  accepted((await makeSite(builder, 'east')).createSite)
  const whole = accepted(await create({ role: 'OPERATOR' }))
  expect(whole.apiKey!.memberships[0]!.permissions).toEqual([...ROLE_PERMISSIONS.OPERATOR].sort())
})

test('lists and look-ups hold to it as well', async () => {
  const { secret } = accepted(await create({ permissions: ['plugins:read'] }))
  const query =
    '{ organizations { totalCount } sites { totalCount } apiKeys { totalCount } auditLog { totalCount } }'
  const { data, errors } = (await ask(server, query, { key: secret! })).json!
  expect(errors?.map(({ extensions }) => extensions?.code)).toEqual(['FORBIDDEN'])
  expect(data).toBeNull()
  const seen = await ask(server, '{ organizations { totalCount } sites { totalCount } }', { key: secret! })
  expect(seen.json!.data).toEqual({ organizations: { totalCount: 0 }, sites: { totalCount: 0 } })
})

test.each<[string, Partial<CreateApiKeyInput>, RegExp]>([
  [
    'one that there is not',
    { permissions: ['plugins:reed'] },
    /"plugins:reed".*Did you mean "plugins:read"\?.*There are: /,
  ],
  [
    'one that the role does not have',
    { role: 'VIEWER', permissions: ['plugins:read', 'audit:read'] },
    /VIEWER does not give.*licenses:read/,
  ],
  ['none at all', { permissions: [] }, /no permission/],
  ['one of a million characters', { permissions: ['x'.repeat(1_000_000)] }, /There are: /],
  ['one of the prototype', { permissions: ['__proto__'] }, /There are: /],
])('permissions of a key are refused: %s', async (_name, input, told) => {
  const refused = await create(input)
  expect(refused.userErrors).toEqual([
    expect.objectContaining({
      code: 'INVALID_INPUT',
      field: ['permissions'],
      message: expect.stringMatching(told) as string,
    }),
  ])
  expect(refused.userErrors[0]!.message.length).toBeLessThan(1_000)
  expect(refused.secret).toBeNull()
})

test('nobody gives more than he holds: a narrowed administrator makes no whole key, no other permission, no user', async () => {
  const narrow = await clientWith(['tenancy:manage', 'tenancy:read', 'plugins:read'])
  const attacks: Partial<CreateApiKeyInput>[] = [
    {},
    { role: 'VIEWER' },
    { role: 'OPERATOR' },
    { permissions: ['tenancy:manage', 'audit:read'] },
    { permissions: [...PERMISSIONS] },
    { role: 'OPERATOR', permissions: ['secrets:write'] },
    { organizationId: null, permissions: ['tenancy:manage'] },
    { organizationId: null },
  ]
  for (const input of attacks) {
    expect(await refusalOf(create(input, narrow)), JSON.stringify(input)).toMatchObject({ code: 'FORBIDDEN' })
  }
  for (const role of ['ADMIN', 'VIEWER'] as const) {
    const input = { email: 'mallory@example.com', role, organizationId: stage.organizationId }
    expect(await refusalOf(narrow.request(GrantRoleDocument, { input }))).toMatchObject({ code: 'FORBIDDEN' })
  }
  // What he holds he may give, to a key of any role that has it.
  accepted(await create({ permissions: ['tenancy:manage'] }, narrow))
  accepted(await create({ role: 'VIEWER', permissions: ['plugins:read'] }, narrow))
})

test('a chain of keys never grows: each has at most what its maker has', async () => {
  let client = await clientWith(['tenancy:manage', 'tenancy:read', 'audit:read'])
  const next = accepted(await create({ permissions: ['tenancy:manage', 'tenancy:read'] }, client))
  client = graphClient(server.url, next.secret!)
  clients.push(client)
  expect(await refusalOf(create({ permissions: ['audit:read'] }, client))).toMatchObject({
    code: 'FORBIDDEN',
  })
})

test('a key of the platform that was narrowed reaches everywhere, and no further than it names', async () => {
  const client = await clientWith(['tenancy:manage', 'tenancy:read'], { organizationId: null })
  accepted((await makeSite(client, 'far')).createSite)
  expect(await refusalOf(create({}, client))).toMatchObject({ code: 'FORBIDDEN' })
  expect(codesOf(await create({ permissions: ['tenancy:read'] }, client))).toEqual([])
})
