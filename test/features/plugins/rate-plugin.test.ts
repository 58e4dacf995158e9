import { afterAll, beforeAll, expect, test } from 'vitest'
import { CreateApiKeyDocument, RatePluginDocument } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { graphClient, type GraphClient } from '../../../scripts/lib/graph-client.ts'
import { ask } from '../../support/http.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import {
  codesOf,
  install,
  openStage,
  publishPlugin,
  refusalOf,
  submit,
  zipOf,
  type TestStage,
} from '../../support/stage.ts'

let server: TestServer
let stage: TestStage
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  stage = await openStage(server)
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

/** The global id of a plugin. */
async function idOf(slug: string): Promise<string> {
  const { id } = await server.app.database.prisma.plugin.findUniqueOrThrow({
    where: { slug },
    select: { id: true },
  })
  return Buffer.from(`Plugin:${id}`).toString('base64')
}

async function operator(name: string): Promise<GraphClient> {
  const input = { name, role: 'OPERATOR' as const, organizationId: stage.organizationId }
  const { createApiKey } = await stage.admin.request(CreateApiKeyDocument, { input })
  return graphClient(server.url, accepted(createApiKey).secret!)
}

async function rate(client: GraphClient, pluginId: string, rating: number, more: object = {}) {
  return (await client.request(RatePluginDocument, { input: { pluginId, rating, ...more } })).ratePlugin
}

test('a plugin has the average of what each thinks of it last', async () => {
  await publishPlugin(stage, { id: 'rated' })
  const pluginId = await idOf('rated')
  const other = await operator('other')
  expect(accepted(await rate(stage.operator, pluginId, 2, { comment: 'meh' })).plugin).toMatchObject({
    averageRating: 2,
    ratingCount: 1,
  })
  const first = accepted(await rate(other, pluginId, 5)).rating!
  expect(accepted(await rate(stage.operator, pluginId, 4, { comment: 'better' })).plugin).toMatchObject({
    averageRating: 4.5,
    ratingCount: 2,
  })
  expect(first.package.version).toBe('1.0.0')
  const listed = await ask(
    server,
    'query ($s: String!) { plugin(slug: $s) { ratings { totalCount nodes { rating comment author { ... on ApiKey { name } } } } } }',
    { key: server.adminKey, variables: { s: 'rated' } },
  )
  expect(listed.json!.data).toMatchObject({
    plugin: {
      ratings: {
        totalCount: 2,
        nodes: [
          { rating: 5, comment: null, author: { name: 'other' } },
          { rating: 4, comment: 'better', author: {} },
        ],
      },
    },
  })
  await other.close()
})

test('the average is right when fifty rate at once, twice', async () => {
  await publishPlugin(stage, { id: 'rated-at-once' })
  const pluginId = await idOf('rated-at-once')
  const raters = await Promise.all(Array.from({ length: 10 }, (_, index) => operator(`rater ${index}`)))
  const ratings = raters.flatMap((client, index) =>
    [1, 2, 3, 4, (index % 5) + 1].map((rating) => rate(client, pluginId, rating)),
  )
  for (const answer of await Promise.all(ratings)) accepted(answer)
  const rows = await server.app.database.prisma.rating.findMany({
    where: { plugin: { slug: 'rated-at-once' } },
  })
  const plugin = await server.app.database.prisma.plugin.findUniqueOrThrow({
    where: { slug: 'rated-at-once' },
  })
  expect(rows).toHaveLength(10)
  expect(plugin.ratingCount).toBe(10)
  expect(plugin.averageRating).toBeCloseTo(rows.reduce((sum, row) => sum + row.rating, 0) / 10, 10)
  await Promise.all(raters.map((client) => client.close()))
})

test('a rating is of the version that is installed at its site, else of the latest release', async () => {
  const packageId = await publishPlugin(stage, { id: 'rated-there' })
  accepted(await install(stage, packageId))
  await publishPlugin(stage, { id: 'rated-there', version: '2.0.0' })
  const pluginId = await idOf('rated-there')
  const there = accepted(await rate(stage.operator, pluginId, 3, { siteId: stage.siteIds[0]! }))
  expect(there.rating!.package.version).toBe('1.0.0')
  expect(accepted(await rate(stage.operator, pluginId, 3)).rating!.package.version).toBe('2.0.0')
  const elsewhere = accepted(await rate(stage.operator, pluginId, 3, { siteId: stage.siteIds[1]! }))
  expect(elsewhere.rating!.package.version).toBe('2.0.0')
  await publishPlugin(stage, { id: 'rated-there', version: '3.0.0-beta.1' })
  expect(accepted(await rate(stage.operator, pluginId, 3)).rating!.package.version).toBe('2.0.0')
})

test('of a rating, others see no site that is not theirs, and of its author the name alone', async () => {
  await publishPlugin(stage, { id: 'rated-abroad' })
  const pluginId = await idOf('rated-abroad')
  accepted(await rate(stage.operator, pluginId, 5, { siteId: stage.siteIds[1]! }))
  const abroad = await openStage(server, 'abroad')
  const query =
    'query ($s: String!) { plugin(slug: $s) { ratings { nodes { id site { slug } author { ... on ApiKey { name prefix memberships { role } } } } } } }'
  const read = async (key: string) => {
    const { json } = await ask(server, query, { key, variables: { s: 'rated-abroad' } })
    return (json!.data!['plugin'] as { ratings: { nodes: { id: string }[] } }).ratings.nodes[0]!
  }
  expect(await read(stage.operatorKey)).toMatchObject({ site: { slug: expect.any(String) as string } })
  const seen = await read(abroad.operatorKey)
  expect(seen).toMatchObject({ site: null, author: { prefix: '', memberships: [] } })
  const node = 'query ($id: ID!) { node(id: $id) { ... on Rating { rating plugin { slug } } } }'
  const { json } = await ask(server, node, { key: abroad.operatorKey, variables: { id: seen.id } })
  expect(json!.data).toEqual({ node: { rating: 5, plugin: { slug: 'rated-abroad' } } })
  await abroad.close()
})

test('ratings that are none, of what is not there or not to be seen, are refused and change nothing', async () => {
  await publishPlugin(stage, { id: 'unrated' })
  const pluginId = await idOf('unrated')
  for (const rating of [0, 6, -1, 2_147_483_647]) {
    expect(codesOf(await rate(stage.operator, pluginId, rating))).toEqual(['INVALID_INPUT'])
  }
  expect(codesOf(await rate(stage.operator, pluginId, 3, { comment: 'x'.repeat(10_001) }))).toEqual([
    'INVALID_INPUT',
  ])
  await submit(stage.publisher, zipOf({ id: 'hidden-one' }))
  const hidden = await idOf('hidden-one')
  const nowhere = Buffer.from('Plugin:01920000-0000-7000-8000-000000000000').toString('base64')
  const unseen = await refusalOf(rate(stage.operator, hidden, 3))
  expect(unseen).toEqual(await refusalOf(rate(stage.operator, nowhere, 3)))
  expect(unseen?.code).toBe('NOT_FOUND')
  const stranger = await openStage(server, 'elsewhere')
  const foreign = await refusalOf(rate(stranger.operator, pluginId, 3, { siteId: stage.siteIds[0]! }))
  expect(foreign?.code).toBe('NOT_FOUND')
  expect((await refusalOf(rate(stage.publisher, pluginId, 3)))?.code).toBe('FORBIDDEN')
  expect(await server.app.database.prisma.rating.count({ where: { plugin: { slug: 'unrated' } } })).toBe(0)
  await stranger.close()
})
