import { afterAll, beforeAll, expect, test } from 'vitest'
import { DispatchHookDocument, IssueLicenseDocument } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { encodeGlobalId } from '../../../src/graphql/global-id.ts'
import { startTwin } from '../../support/life.ts'
import { install, openStage, publishPlugin, run, type TestStage } from '../../support/stage.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'

const LIMITS = {
  PLUGIN_ROUTES_PER_MINUTE: '3',
  PLUGIN_EVENTS_PER_MINUTE: '2',
  PLUGIN_HOST_CALLS_PER_MINUTE: '100',
}
const CODE = `import { definePlugin } from 'patchbay'
const tried = async (work) => { try { await work(); return 'OK' } catch (error) { return error.code } }
export default definePlugin({
  routes: { 'GET /ping': () => ({ body: 'pong' }) },
  hooks: {
    emit: async (ctx) => {
      const told = []
      for (let n = 0; n < 3; n += 1) told.push(await tried(() => ctx.events.emit(ctx.plugin.id + '.done', {})))
      return told
    },
    call: async (ctx) => {
      const told = []
      for (let n = 0; n < 60; n += 1) told.push(await tried(() => ctx.secrets.get('TOKEN')))
      return { granted: told.filter((it) => it === 'OK').length, last: told.at(-1) }
    },
  },
})
`
const MANIFEST = {
  permissions: ['routes:serve', 'events:emit', 'secrets:read'].map((permission) => ({
    permission,
    reason: 'Does.',
  })),
  routes: [{ method: 'GET', path: '/ping', public: true }],
  hooks: ['emit', 'call'],
  secrets: [{ key: 'TOKEN' }],
}

let server: TestServer
let twin: TestServer
let stage: TestStage
beforeAll(async () => {
  server = await startTestServer({ env: LIMITS })
  twin = await startTwin(server, LIMITS)
  stage = await openStage(server)
})
afterAll(async () => {
  await stage.close()
  await twin.close()
  await server.close()
})

const ping = (at: TestServer, slug: string) => fetch(`${at.url}/ext/${slug}/ping?site=acme/north`)

/** The value that the plugin's own handler gave. */
async function hook(name: string, slug: string): Promise<unknown> {
  const input = { siteId: stage.siteIds[0]!, hook: name, payload: {} }
  const { dispatchHook } = await stage.operator.request(DispatchHookDocument, { input })
  return dispatchHook.results.find((it) => it.installation.plugin.slug === slug)!.value
}

test('requests to an installation are counted over all processes, and those beyond its rate are told when to come again', async () => {
  await run(stage, { id: 'metered', ...MANIFEST }, CODE)
  const answers = [await ping(server, 'metered'), await ping(twin, 'metered'), await ping(server, 'metered')]
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  for (const at of [server, twin]) {
    const refused = await ping(at, 'metered')
    expect(refused.status).toBe(429)
    const wait = Number(refused.headers.get('retry-after'))
    expect(wait).toBeGreaterThan(0)
    expect(wait).toBeLessThanOrEqual(60)
    expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED' } }] })
  }
})

test('events and calls of the host beyond their rate are RATE_LIMITED within the plugin, which goes on', async () => {
  expect(await hook('emit', 'metered')).toEqual(['OK', 'OK', 'RATE_LIMITED'])
  // The events were calls of the host as well: three of its hundred.
  expect(await hook('call', 'metered')).toEqual({ granted: 60, last: 'OK' })
  expect(await hook('call', 'metered')).toEqual({ granted: 37, last: 'RATE_LIMITED' })
})

test("a licence's entitlements take the place of the configuration, and one installation's use is no other's", async () => {
  const packageId = await publishPlugin(stage, { id: 'entitled', ...MANIFEST }, CODE)
  const { pluginId } = await server.app.database.prisma.package.findFirstOrThrow({
    where: { plugin: { slug: 'entitled' } },
    select: { pluginId: true },
  })
  const input = {
    pluginId: encodeGlobalId('Plugin', pluginId),
    organizationId: stage.organizationId,
    type: 'ENTERPRISE' as const,
    entitlements: ['routes-per-minute:4', 'events-per-minute:none', 'priority-support'],
  }
  const { license } = accepted((await stage.admin.request(IssueLicenseDocument, { input })).issueLicense)
  accepted(await install(stage, packageId, { activate: true, licenseKey: license!.key }))
  const statuses: number[] = []
  for (let n = 0; n < 5; n += 1) statuses.push((await ping(server, 'entitled')).status)
  expect(statuses).toEqual([200, 200, 200, 200, 429])
  expect(await hook('emit', 'entitled')).toEqual(['OK', 'OK', 'RATE_LIMITED'])
})

test('what has run out is forgotten', async () => {
  const { pool } = server.app.database
  await pool.query('update rate_limit set expire = expire - 200000')
  await server.app.rates.forgetOld()
  expect((await pool.query('select count(*)::int as left from rate_limit')).rows).toEqual([{ left: 0 }])
})
