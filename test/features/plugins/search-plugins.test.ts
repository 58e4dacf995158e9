import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  CreateApiKeyDocument,
  SearchPluginsDocument,
  type PluginFilter,
  type SearchPluginsQueryVariables,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { graphClient, type GraphClient } from '../../../scripts/lib/graph-client.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { openStage, publishPlugin, refusalOf, submit, zipOf, type TestStage } from '../../support/stage.ts'

let server: TestServer
let stage: TestStage
let viewer: GraphClient

const CATALOGUE = [
  [
    'slack-notifier',
    'Slack notifier',
    'Tells a channel about builds and deployments.',
    ['chat', 'notifications'],
  ],
  ['teams-notifier', 'Teams notifier', 'Tells a team about builds.', ['chat', 'notifications']],
  [
    'supplier-risk',
    'Supplier risk analyzer',
    'Scores suppliers by their deliveries, and tells slack of it.',
    ['risk'],
  ],
  ['router-config', 'MikroTik routers', 'Configures routers of customers.', ['network', 'provisioning']],
  ['midnight', 'Midnight theme', 'Dark colours for the night shift.', ['theme']],
] as const

beforeAll(async () => {
  server = await startTestServer({ worker: false })
  stage = await openStage(server)
  for (const [id, name, description, keywords] of CATALOGUE) {
    const type = id === 'midnight' ? 'ui-theme' : 'integration'
    await publishPlugin(stage, { id, name, description, keywords, type, author: 'Grace Hopper' })
  }
  await submit(stage.publisher, zipOf({ id: 'slack-secret', name: 'Slack secret' }))
  const input = { name: 'viewer', role: 'VIEWER' as const, organizationId: stage.organizationId }
  const { createApiKey } = await stage.admin.request(CreateApiKeyDocument, { input })
  viewer = graphClient(server.url, accepted(createApiKey).secret!)
})
afterAll(async () => {
  await viewer.close()
  await stage.close()
  await server.close()
})

async function search(text: string, filter: PluginFilter = {}, more: SearchPluginsQueryVariables = {}) {
  const { plugins } = await viewer.request(SearchPluginsDocument, {
    filter: { ...filter, search: text },
    ...more,
  })
  return plugins
}

async function slugs(text: string, filter: PluginFilter = {}): Promise<string[]> {
  return (await search(text, filter)).nodes.map((plugin) => plugin.slug)
}

test('words are found in name, keywords, description and author, by where they stand', async () => {
  expect(await slugs('slack')).toEqual(['slack-notifier', 'supplier-risk'])
  expect((await slugs('provisioning'))[0]).toBe('router-config')
  expect((await slugs('hopper')).length).toBe(CATALOGUE.length)
  expect(await slugs('deliveries')).toEqual(['supplier-risk'])
})

test('beginnings and inflections of words are enough, and all words have to be there', async () => {
  expect((await slugs('notif')).sort()).toEqual(['slack-notifier', 'teams-notifier'])
  expect((await slugs('configure'))[0]).toBe('router-config')
  expect((await slugs('notifications slack'))[0]).toBe('slack-notifier')
  expect((await slugs('slack nowhere-to-be-found')).filter((slug) => slug === 'midnight')).toEqual([])
})

test('typing errors are forgiven, behind what is spelt so', async () => {
  expect((await slugs('slak'))[0]).toBe('slack-notifier')
  expect((await slugs('notifyer')).slice(0, 2).sort()).toEqual(['slack-notifier', 'teams-notifier'])
  expect((await slugs('suplier risk'))[0]).toBe('supplier-risk')
  expect((await slugs('midnigth'))[0]).toBe('midnight')
})

test('each word may stand somewhere else, as spelt, by its stem or almost so', async () => {
  expect(await slugs('slak deployments')).toEqual(['slack-notifier'])
  expect(await slugs('analyser delivery')).toEqual(['supplier-risk'])
  expect(await slugs('suply delivers')).toEqual(['supplier-risk'])
  expect(await slugs('the slack')).toEqual(await slugs('slack'))
  expect(await slugs('the')).toEqual(['midnight'])
})

test('filters hold with a search as without one', async () => {
  expect(await slugs('hopper', { type: ['UI_THEME'] })).toEqual(['midnight'])
  expect(await slugs('hopper', { keyword: 'risk' })).toEqual(['supplier-risk'])
  expect(await slugs('hopper', { enabled: false })).toEqual([])
  expect((await slugs('hopper', { enabled: true, approvedOnly: true })).length).toBe(CATALOGUE.length)
})

test('what the viewer may not see is not found, and not counted', async () => {
  expect(await slugs('secret')).toEqual([])
  expect((await search('secret')).totalCount).toBe(0)
  const own = await stage.publisher.request(SearchPluginsDocument, { filter: { search: 'secret' } })
  expect(own.plugins.nodes.map((plugin) => plugin.slug)).toEqual(['slack-secret'])
})

test('every order is paged forwards and backwards without loss, and its cursors are its own', async () => {
  for (const orderBy of ['RELEVANCE', 'NAME_ASC', 'INSTALLS_DESC', 'RATING_DESC', 'UPDATED_DESC'] as const) {
    const all = (await search('hopper', {}, { orderBy })).nodes.map((plugin) => plugin.slug)
    expect(all.length).toBe(CATALOGUE.length)
    const forwards: string[] = []
    let after: string | null = null
    let end: string | null = null
    do {
      const page = await search('hopper', {}, { orderBy, first: 2, after })
      expect(page.totalCount).toBe(CATALOGUE.length)
      forwards.push(...page.nodes.map((plugin) => plugin.slug))
      end = page.pageInfo.endCursor ?? null
      after = page.pageInfo.hasNextPage ? end : null
    } while (after !== null)
    expect(forwards, orderBy).toEqual(all)
    const backwards = await search('hopper', {}, { orderBy, last: 3, before: end })
    expect(backwards.nodes.map((plugin) => plugin.slug)).toEqual(all.slice(1, 4))
    const other = orderBy === 'NAME_ASC' ? 'UPDATED_DESC' : 'NAME_ASC'
    expect((await refusalOf(search('hopper', {}, { orderBy: other, after: end })))?.code).toBe(
      'BAD_USER_INPUT',
    )
  }
})

test('cursors with numbers that no row can have are refused', async () => {
  const cursor = (order: string, value: string): string =>
    Buffer.from(
      JSON.stringify({ v: 1, o: order, values: [value, '01920000-0000-7000-8000-000000000000'] }),
    ).toString('base64url')
  for (const [orderBy, name, value] of [
    ['INSTALLS_DESC', 'installs', '1.5'],
    ['INSTALLS_DESC', 'installs', '99999999999'],
    ['RATING_DESC', 'rating', '1e999'],
    ['RATING_DESC', 'rating', 'NaN'],
  ] as const) {
    const plain = viewer.request(SearchPluginsDocument, { orderBy, after: cursor(name, value) })
    expect((await refusalOf(plain))?.code, value).toBe('BAD_USER_INPUT')
    const found = search('hopper', {}, { orderBy, after: cursor(name, value) })
    expect((await refusalOf(found))?.code, value).toBe('BAD_USER_INPUT')
  }
})

test('RELEVANCE without a search is refused, and an empty search is none', async () => {
  const alone = viewer.request(SearchPluginsDocument, { orderBy: 'RELEVANCE' })
  expect((await refusalOf(alone))?.code).toBe('BAD_USER_INPUT')
  expect((await search('  ')).totalCount).toBe(CATALOGUE.length)
})

test('whatever stands in a search is looked for, and is no query language', async () => {
  const strange = [
    "'; drop table plugin; --",
    'slack & !notifier | (((',
    "a:* <-> b'",
    '\\',
    '%_%',
    '"quoted words"',
    '🦄🦄',
    '\u202eslack',
    'ſlack',
    '!!!',
    ':*',
    'many words '.repeat(40),
    'x'.repeat(500),
  ]
  for (const text of strange)
    expect((await search(text)).nodes.length, text).toBeLessThanOrEqual(CATALOGUE.length)
  expect((await refusalOf(search('x'.repeat(501))))?.code).toBe('BAD_USER_INPUT')
  expect((await refusalOf(search('nul\0byte')))?.code ?? 'found').toBe('found')
  expect((await search('hopper')).totalCount).toBe(CATALOGUE.length)
})
