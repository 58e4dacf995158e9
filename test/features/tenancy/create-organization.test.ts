import { afterAll, beforeAll, expect, test } from 'vitest'
import { CreateOrganizationDocument, CreateSiteDocument } from '../../../schema/generated/graphql.ts'
import { encodeGlobalId } from '../../../src/graphql/global-id.ts'
import { newId } from '../../../src/lib/ids.ts'
import { ask } from '../../support/http.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { codesOf, openStage, refusalOf, type TestStage } from '../../support/stage.ts'

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

test('a slug is taken once, also of several who want it at the same time', async () => {
  const input = { slug: 'initech', name: 'Initech' }
  const made = await Promise.all(
    Array.from({ length: 6 }, () => stage.admin.request(CreateOrganizationDocument, { input })),
  )
  const codes = made.map((it) => codesOf(it.createOrganization))
  expect(codes.filter((it) => it.length === 0)).toHaveLength(1)
  expect(codes.filter((it) => it[0] === 'ALREADY_EXISTS')).toHaveLength(5)
})

test('every mistake of an input is told with its path', async () => {
  const input = { slug: 'Not a slug', name: ' ' }
  const { createOrganization } = await stage.admin.request(CreateOrganizationDocument, { input })
  expect(createOrganization.userErrors).toEqual([
    expect.objectContaining({ code: 'INVALID_INPUT', field: ['slug'] }),
    expect.objectContaining({ code: 'INVALID_INPUT', field: ['name'] }),
  ])
})

test.each(['müller', 'асme', 'acmé', 'ａｃｍｅ', 'acme\u200b', '企業', 'acme\0', 'x'.repeat(1_000_000)])(
  'a slug is of ASCII letters, digits and hyphens, and not endless: %.20s',
  async (slug) => {
    const input = { slug, name: 'Look-alike' }
    const { createOrganization } = await stage.admin.request(CreateOrganizationDocument, { input })
    expect(createOrganization.userErrors).toMatchObject([{ code: 'INVALID_INPUT', field: ['slug'] }])
  },
)

test("a site's slug is taken once in its organization, and free in another", async () => {
  const input = { organizationId: stage.organizationId, slug: 'north', name: 'North', hostVersion: '2.0.0' }
  const { createSite } = await stage.admin.request(CreateSiteDocument, { input })
  expect(createSite.userErrors).toEqual([
    expect.objectContaining({ code: 'ALREADY_EXISTS', field: ['slug'] }),
  ])
  expect(other.siteIds).toHaveLength(3)
})

test('who lacks the role is FORBIDDEN; who sends no key is UNAUTHENTICATED', async () => {
  const input = { slug: 'hooli', name: 'Hooli' }
  for (const client of [stage.operator, stage.publisher, stage.reviewer]) {
    expect(await refusalOf(client.request(CreateOrganizationDocument, { input }))).toMatchObject({
      code: 'FORBIDDEN',
    })
  }
  const site = { organizationId: stage.organizationId, slug: 'east', name: 'East', hostVersion: '2.0.0' }
  expect(await refusalOf(stage.operator.request(CreateSiteDocument, { input: site }))).toMatchObject({
    code: 'FORBIDDEN',
  })
  const answer = await ask(server, '{ organizations { totalCount } }')
  expect(answer.json!.errors![0]!.extensions!.code).toBe('UNAUTHENTICATED')
})

test('an organization that is foreign is answered byte for byte as one that does not exist', async () => {
  const input = (organizationId: string) => ({
    organizationId,
    slug: 'east',
    name: 'East',
    hostVersion: '2.0.0',
  })
  const foreign = await refusalOf(
    stage.operator.request(CreateSiteDocument, { input: input(other.organizationId) }),
  )
  const unknown = await refusalOf(
    stage.operator.request(CreateSiteDocument, { input: input(encodeGlobalId('Organization', newId())) }),
  )
  expect(foreign).toMatchObject({ code: 'NOT_FOUND' })
  expect(foreign).toEqual(unknown)
  const query = 'query ($id: ID!) { node(id: $id) { id } }'
  const key = stage.operatorKey
  const nodes = await Promise.all(
    [other.organizationId, encodeGlobalId('Organization', newId())].map((id) =>
      ask(server, query, { key, variables: { id } }),
    ),
  )
  expect(nodes[0]!.text).toBe(nodes[1]!.text)
  const bySlug = '{ organization(slug: "globex") { id } }'
  expect((await ask(server, bySlug, { key })).text).toBe(
    (await ask(server, bySlug.replace('globex', 'nowhere'), { key })).text,
  )
})

test('lists hold only what belongs to the viewer', async () => {
  const query =
    '{ organizations { totalCount nodes { slug } } sites { totalCount nodes { organization { slug } } } apiKeys { totalCount } }'
  const { data } = (await ask(server, query, { key: stage.operatorKey })).json!
  expect(data).toMatchObject({
    organizations: { totalCount: 1, nodes: [{ slug: 'acme' }] },
    sites: { totalCount: 3 },
    apiKeys: { totalCount: 1 },
  })
  expect(JSON.stringify(data)).not.toContain('globex')
})
