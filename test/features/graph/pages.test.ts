import { afterAll, beforeAll, expect, test } from 'vitest'
import { encodeGlobalId } from '../../../src/graphql/global-id.ts'
import { newId } from '../../../src/lib/ids.ts'
import { MiB } from '../../../src/lib/units.ts'
import { ask } from '../../support/http.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { openStage, rowId, type TestStage } from '../../support/stage.ts'

let server: TestServer
let stage: TestStage
let other: TestStage
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  stage = await openStage(server, 'acme')
  other = await openStage(server, 'globex')
  await addSites(60)
})
afterAll(async () => {
  await Promise.all([stage.close(), other.close()])
  await server.close()
})

let made = 0
async function addSites(count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const slug = `site-${made++}`
    await server.app.database.pool.query(
      `insert into site (id, organization_id, slug, name, host_version, created_at) values ($1, $2, $3, $3, '2.0.0', now())`,
      [newId(), rowId(stage.organizationId), slug],
    )
  }
}

interface SitePage {
  nodes: { id: string; slug: string }[]
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string }
}

async function get(query: string, variables: object = {}) {
  const { json } = await ask(server, query, { key: stage.operatorKey, variables })
  return {
    data: json!.data as Record<string, SitePage> | null,
    codes: (json!.errors ?? []).map((error) => error.extensions?.code),
  }
}

const PAGE = 'nodes { id slug } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }'
const SITES = `query ($first: Int, $after: String, $last: Int, $before: String) {
  sites(first: $first, after: $after, last: $last, before: $before) { ${PAGE} } }`

test('pages forward and backward see each row once, also while rows are added', async () => {
  for (const [size, step] of [
    ['first', 'after'],
    ['last', 'before'],
  ] as const) {
    const there = new Set(
      (
        await server.app.database.pool.query<{ slug: string }>(
          'select slug from site where organization_id = $1',
          [rowId(stage.organizationId)],
        )
      ).rows.map((row) => row.slug),
    )
    const seen: string[] = []
    let cursor: string | null = null
    for (;;) {
      const { data, codes } = await get(SITES, { [size]: 7, [step]: cursor })
      expect(codes).toEqual([])
      const { nodes, pageInfo }: SitePage = data!['sites']!
      seen.push(...nodes.map((node) => node.slug))
      await addSites(2)
      cursor = size === 'first' ? pageInfo.endCursor : pageInfo.startCursor
      if (size === 'first' ? !pageInfo.hasNextPage : !pageInfo.hasPreviousPage) break
    }
    expect(new Set(seen).size, 'none twice').toBe(seen.length)
    for (const slug of there) expect(seen, `${size} sees ${slug}`).toContain(slug)
  }
})

test('backward from a cursor come the rows before it, in the order of the list', async () => {
  const { data } = await get(SITES, { first: 10 })
  const forward = data!['sites']!
  const backward = (await get(SITES, { last: 4, before: forward.pageInfo.endCursor })).data!['sites']!
  expect(backward.nodes).toEqual(forward.nodes.slice(5, 9))
  expect(backward.pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: true })
})

test('one list twice with different arguments is answered for each', async () => {
  const query = `{ organization(slug: "acme") {
    few: sites(first: 2) { ${PAGE} } more: sites(first: 5) { ${PAGE} } end: sites(last: 3) { ${PAGE} } } }`
  const { data, codes } = await get(query)
  expect(codes).toEqual([])
  const { few, more, end } = data!['organization'] as unknown as Record<'few' | 'more' | 'end', SitePage>
  expect([few.nodes.length, more.nodes.length, end.nodes.length]).toEqual([2, 5, 3])
  expect(more.nodes.slice(0, 2)).toEqual(few.nodes)
  expect(end.nodes).not.toContainEqual(few.nodes[0])
})

test.each([
  ['a page of a thousand', { first: 1_000 }],
  ['a negative page', { first: -1 }],
  ['both ends at once', { first: 1, last: 1 }],
  ['after, from the end', { last: 1, after: 'x' }],
  ['a cursor that is none', { first: 1, after: 'nonsense' }],
  [
    'a cursor of another list',
    { first: 1, after: Buffer.from('{"v":1,"o":"oldest","values":["x"]}').toString('base64url') },
  ],
  [
    'a cursor with a broken id',
    {
      first: 1,
      after: Buffer.from('{"v":1,"o":"newest","values":["------------------------------------"]}').toString(
        'base64url',
      ),
    },
  ],
])('%s is BAD_USER_INPUT, at the root and nested', async (_name, variables) => {
  expect((await get(SITES, variables)).codes).toEqual(['BAD_USER_INPUT'])
  const nested = `query ($first: Int, $after: String, $last: Int, $before: String) { organization(slug: "acme") {
    sites(first: $first, after: $after, last: $last, before: $before) { nodes { id } } } }`
  expect((await get(nested, variables)).codes).toEqual(['BAD_USER_INPUT'])
})

test('an id of another type is BAD_USER_INPUT, one of another organization is NOT_FOUND, as is an unknown one', async () => {
  const sites = 'query ($id: ID) { sites(organizationId: $id) { nodes { id } } }'
  expect((await get(sites, { id: stage.siteIds[0] })).codes).toEqual(['BAD_USER_INPUT'])
  expect((await get(sites, { id: 'nonsense' })).codes).toEqual(['BAD_USER_INPUT'])
  const node = 'query ($id: ID!) { node(id: $id) { id } }'
  for (const id of [other.siteIds[0]!, other.organizationId, encodeGlobalId('Site', newId())]) {
    expect(await get(node, { id })).toEqual({ data: { node: null }, codes: ['NOT_FOUND'] })
  }
  expect((await get(node, { id: 'nonsense' })).codes).toEqual(['BAD_USER_INPUT'])
  expect((await get(sites, { id: other.organizationId })).data!['sites']!.nodes).toEqual([])
  const { data } = await get('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
    ids: [stage.siteIds[0], other.siteIds[0]],
  })
  expect(data!['nodes']).toEqual([{ id: stage.siteIds[0] }, null])
})

test('a page of great payloads ends before what an answer may hold; its cursor goes on there, both ways', async () => {
  const { pool } = server.app.database
  const ids: string[] = []
  for (let index = 0; index < 12; index++) {
    ids.unshift(newId())
    await pool.query(
      `insert into event (id, type, organization_id, source, payload, occurred_at)
       values ($1, 'great.test', $2, 'host', jsonb_build_object('text', repeat('x', $3)), now())`,
      [ids[0], rowId(stage.organizationId), index === 5 ? 9 * MiB : MiB - 1_000],
    )
  }
  const query = (what: string) => `query ($first: Int, $after: String, $last: Int, $before: String) {
    events(type: "great.test", first: $first, after: $after, last: $last, before: $before) {
      nodes { id ${what} } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`
  const page = async (variables: object, what = 'payload') => {
    const { data, codes } = await get(query(what), variables)
    expect(codes).toEqual([])
    const { nodes, pageInfo } = data!['events']!
    return { ids: nodes.map(({ id }) => rowId(id)), pageInfo, nodes }
  }
  expect((await page({ first: 100 }, 'type')).ids, 'without payloads').toEqual(ids)

  const forward: string[][] = []
  for (let after: string | null = null, more = true; more;) {
    const { ids: seen, pageInfo, nodes } = await page({ first: 100, after })
    for (const node of nodes) expect((node as unknown as { payload: object }).payload).toHaveProperty('text')
    forward.push(seen)
    after = pageInfo.endCursor
    more = pageInfo.hasNextPage
  }
  expect(forward.flat()).toEqual(ids)
  expect(forward.map((it) => it.length)).toEqual([6, 1, 5])

  const backward: string[][] = []
  for (let before: string | null = null, more = true; more;) {
    const { ids: seen, pageInfo } = await page({ last: 100, before })
    backward.unshift(seen)
    before = pageInfo.startCursor
    more = pageInfo.hasPreviousPage
  }
  expect(backward.flat()).toEqual(ids)
  expect(backward.map((it) => it.length)).toEqual([6, 1, 5])

  const list = 'events(type: "great.test", first: 6) { nodes { id payload } }'
  const several = await get(`{ a: ${list} b: ${list} c: ${list} d: ${list} }`)
  expect(several.data).toBeNull()
  expect(several.codes).toEqual(['BAD_USER_INPUT'])
  const nodes = async (what: string, count: number) => {
    const asked = Array.from({ length: count }, (_, index) =>
      encodeGlobalId('Event', ids[index % ids.length]!),
    )
    return await get(`query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Event { id ${what} } } }`, {
      ids: asked,
    })
  }
  expect((await nodes('payload', 2)).data!['nodes']).toHaveLength(2)
  expect((await nodes('payload', 17)).codes).toEqual(['BAD_USER_INPUT'])
  expect((await nodes('type', 100)).data!['nodes']).toHaveLength(100)
  expect((await nodes('type', 101)).codes).toEqual(['BAD_USER_INPUT'])
})
