import { readFile } from 'node:fs/promises'
import { encodeGlobalId } from '../../../src/graphql/global-id.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SiteContributionsDocument, SetPluginEnabledDocument } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { graphClient } from '../../../scripts/lib/graph-client.ts'
import { setStage } from '../../../scripts/lib/cast.ts'
import {
  activate,
  install,
  openStage,
  publishPlugin,
  refusalOf,
  rowId,
  run,
  type TestStage,
} from '../../support/stage.ts'
import { deactivate, force } from '../../support/life.ts'
import { ask } from '../../support/http.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'

const CODE = `import { definePlugin } from 'patchbay'
export default definePlugin({ routes: { 'GET /page': () => 'x', 'GET /data': () => ({}) } })
`
const REASON = 'Adds to the interface.'
const permissions = ['routes:serve', 'ui:modify', 'modules:extend'].map((permission) => ({
  permission,
  reason: REASON,
}))
const routes = [
  { method: 'GET', path: '/page', permission: 'zebra:read' },
  { method: 'GET', path: '/data', public: true },
]

let server: TestServer
let stage: TestStage
beforeAll(async () => {
  server = await startTestServer()
  stage = await openStage(server)
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

const contributionsAt = async (siteId = stage.siteIds[0]!) =>
  (await stage.operator.request(SiteContributionsDocument, { siteId })).contributions

test('what runs at a site is merged: menus by their order, extensions after what they extend; nothing else is told', async () => {
  await run(
    stage,
    {
      id: 'zebra',
      permissions,
      routes: [{ ...routes[0] }, routes[1]],
      contributes: {
        navigation: [{ label: 'Last', url: '/last', order: 90 }],
        modules: [{ key: 'zebra.base', title: 'Base' }],
        views: [{ path: '/zebra', title: 'Zebra', source: '/page' }],
        dashboardWidgets: [{ title: 'Stripes', source: '/data', order: 2 }],
        permissions: ['zebra:read'],
      },
    },
    CODE,
  )
  await run(
    stage,
    {
      id: 'ant',
      permissions,
      routes: [routes[1]],
      dependencies: { zebra: '^1.0.0' },
      contributes: {
        navigation: [
          { label: 'First', url: '/first', icon: 'bug', order: -5 },
          { label: 'Also last', url: '/also', order: 90 },
        ],
        modules: [{ key: 'ant.more', title: 'More', extends: 'zebra.base' }],
        dashboardWidgets: [{ title: 'Hills', source: '/data', order: 1 }],
        themes: [{ key: 'sand', title: 'Sand', tokens: { ground: '#fed' } }],
      },
    },
    CODE,
  )
  const all = await contributionsAt()
  expect(all.navigation.map(({ label, plugin }) => `${label} of ${plugin.slug}`)).toEqual([
    'First of ant',
    'Last of zebra',
    'Also last of ant',
  ])
  expect(all.dashboardWidgets.map(({ title, sourceUrl }) => [title, sourceUrl])).toEqual([
    ['Hills', '/ext/ant/data'],
    ['Stripes', '/ext/zebra/data'],
  ])
  expect(all.modules.map(({ key, extends: base }) => [key, base])).toEqual([
    ['zebra.base', null],
    ['ant.more', 'zebra.base'],
  ])
  expect(all.views).toEqual([
    {
      path: '/zebra',
      title: 'Zebra',
      source: '/page',
      sourceUrl: '/ext/zebra/page',
      plugin: { slug: 'zebra' },
    },
  ])
  expect(all.themes).toEqual([
    { key: 'sand', title: 'Sand', tokens: { ground: '#fed' }, plugin: { slug: 'ant' } },
  ])
  expect(all.routes.map(({ url, permission }) => [url, permission])).toEqual([
    ['/ext/zebra/page', 'zebra:read'],
    ['/ext/zebra/data', null],
    ['/ext/ant/data', null],
  ])
  expect(all.permissions).toEqual(['zebra:read'])
  const documented = /```graphql\n([^`]+)```/.exec(await readFile('docs/plugins.md', 'utf8'))![1]!
  const { json } = await ask(server, documented, {
    key: stage.operatorKey,
    variables: { siteId: stage.siteIds[0]! },
  })
  expect(json).toMatchObject({ data: { contributions: { views: [{ sourceUrl: '/ext/zebra/page' }] } } })
  const elsewhere = await contributionsAt(stage.siteIds[1])
  expect(Object.values(elsewhere).every((list) => list.length === 0)).toBe(true)
})

test('what is switched off adds nothing', async () => {
  const id = await run(
    stage,
    {
      id: 'moth',
      permissions: [permissions[1]],
      contributes: { themes: [{ key: 'dusk', title: 'Dusk', tokens: {} }] },
    },
    'export default {}\n',
    stage.siteIds[2],
  )
  const themes = async () => (await contributionsAt(stage.siteIds[2])).themes.map(({ key }) => key)
  expect(await themes()).toEqual(['dusk'])
  const { plugin } = await server.app.database.prisma.installation.findUniqueOrThrow({
    where: { id: rowId(id) },
    select: { plugin: true },
  })
  const pluginId = encodeGlobalId('Plugin', plugin.id)
  const turn = async (enabled: boolean) =>
    accepted(
      (await stage.admin.request(SetPluginEnabledDocument, { input: { pluginId, enabled } }))
        .setPluginEnabled,
    )
  await turn(false)
  expect(await themes()).toEqual([])
  await turn(true)
  expect(await themes()).toEqual(['dusk'])
})

test('a plugin that adds what another one there adds is not activated, and told by both names', async () => {
  const theme = {
    permissions: [permissions[1]],
    contributes: { themes: [{ key: 'twin', title: 'Twin', tokens: {} }] },
  }
  const first = await publishPlugin(stage, { id: 'castor', ...theme }, 'export default {}\n')
  const second = await publishPlugin(stage, { id: 'pollux', ...theme }, 'export default {}\n')
  const siteId = stage.siteIds[1]!
  const running = accepted(await install(stage, first, { siteId, activate: true })).installation!.id
  const planned = await install(stage, second, { siteId })
  expect(planned.userErrors).toMatchObject([{ code: 'CONTRIBUTION_CONFLICT' }])
  expect(planned.userErrors[0]!.message).toMatch(/castor.*pollux|pollux.*castor/)
  // As it stood there before plans looked at themes.
  const other = accepted(await install(stage, second, { siteId: stage.siteIds[0]! })).installation!.id
  const site = await server.app.database.prisma.installation.update({
    where: { id: rowId(other) },
    data: { siteId: rowId(siteId) },
    select: { siteId: true },
  })
  expect(site.siteId).toBe(rowId(siteId))
  await force(server, other, 'INSTALLED')
  const refused = await activate(stage, other)
  expect(refused.userErrors).toMatchObject([
    {
      code: 'CONTRIBUTION_CONFLICT',
      message: expect.stringMatching(/^pollux and castor both add the theme "twin"/),
    },
  ])
  expect((await contributionsAt(siteId)).themes).toHaveLength(1)
  accepted(await deactivate(stage, running))
  expect((await contributionsAt(siteId)).themes).toEqual([])
  accepted(await activate(stage, other))
})

test('a stranger gets of a site that is there what he gets of one that is not', async () => {
  const admin = graphClient(server.url, server.adminKey)
  const foreign = await setStage(admin, 'foreign')
  const unknown = encodeGlobalId('Site', '0190a5ec-0000-7000-8000-000000000000')
  const [theirs, none] = await Promise.all(
    [foreign.siteIds[0]!, unknown].map((siteId) => refusalOf(contributionsAt(siteId))),
  )
  expect(theirs).toMatchObject({ code: 'NOT_FOUND' })
  expect(theirs).toEqual(none)
  await admin.close()
})
