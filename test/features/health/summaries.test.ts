import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask } from '../../support/http.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { openStage, rowId, run, type TestStage } from '../../support/stage.ts'

let server: TestServer
let stage: TestStage
let other: TestStage
const ids: string[] = []
beforeAll(async () => {
  server = await startTestServer({ worker: false, env: { PATCHBAY_HEALTH_FLUSH_SECONDS: '10' } })
  stage = await openStage(server, 'acme')
  other = await openStage(server, 'globex')
  for (const [index, siteId] of [stage.siteIds[0]!, stage.siteIds[0]!, stage.siteIds[1]!].entries()) {
    ids.push(await run(stage, { id: `health-${index}` }, 'export default {}', siteId))
  }
  await be([
    ['HEALTHY', ids[0]!],
    ['DEGRADED', ids[1]!],
    ['HEALTHY', ids[2]!],
  ])
})
afterAll(async () => {
  await Promise.all([stage.close(), other.close()])
  await server.close()
})

async function be(states: [state: string, id: string][]): Promise<void> {
  for (const [state, id] of states) {
    const text = 'update installation set health_status = $1::text::"HealthStatus" where id = $2'
    await server.app.database.pool.query(text, [state, rowId(id)])
  }
}

async function seen(at: TestStage, query: string): Promise<unknown> {
  const { json } = await ask(server, query, { key: at.operatorKey })
  expect(json!.errors).toBeUndefined()
  return json!.data
}

const SUMMARY = 'health { status healthy degraded unhealthy unknown }'

test('sites, organizations and plugins tell how their active installations are; the worst counts', async () => {
  expect(
    await seen(stage, `{ sites { nodes { slug ${SUMMARY} } } organization(slug: "acme") { ${SUMMARY} } }`),
  ).toEqual({
    sites: {
      nodes: [
        { slug: 'west', health: { status: 'UNKNOWN', healthy: 0, degraded: 0, unhealthy: 0, unknown: 0 } },
        { slug: 'south', health: { status: 'HEALTHY', healthy: 1, degraded: 0, unhealthy: 0, unknown: 0 } },
        { slug: 'north', health: { status: 'DEGRADED', healthy: 1, degraded: 1, unhealthy: 0, unknown: 0 } },
      ],
    },
    organization: { health: { status: 'DEGRADED', healthy: 2, degraded: 1, unhealthy: 0, unknown: 0 } },
  })
  await be([['UNHEALTHY', ids[2]!]])
  expect(await seen(stage, `{ organization(slug: "acme") { health { status } } }`)).toEqual({
    organization: { health: { status: 'UNHEALTHY' } },
  })
})

test('sites are found by their state, and each is in exactly one', async () => {
  const slugs = async (state: string) => {
    const data = await seen(stage, `{ sites(health: [${state}]) { totalCount nodes { slug } } }`)
    return (data as { sites: { nodes: { slug: string }[] } }).sites.nodes.map(({ slug }) => slug)
  }
  expect(await slugs('UNHEALTHY')).toEqual(['south'])
  expect(await slugs('DEGRADED')).toEqual(['north'])
  expect(await slugs('HEALTHY')).toEqual([])
  expect(await slugs('UNKNOWN')).toEqual(['west'])
  expect(await slugs('UNKNOWN, DEGRADED')).toEqual(['west', 'north'])
})

test('a plugin is as well as what the viewer sees of it', async () => {
  const query = `{ plugin(slug: "health-1") { ${SUMMARY} } }`
  expect(await seen(stage, query)).toMatchObject({ plugin: { health: { status: 'DEGRADED', degraded: 1 } } })
  expect(await seen(other, query)).toMatchObject({ plugin: { health: { status: 'UNKNOWN', degraded: 0 } } })
})

test('installations are found by whether they run now', async () => {
  const slugs = async (enabled: boolean) => {
    const data = await seen(
      stage,
      `{ installations(filter: { effectivelyEnabled: ${enabled} }) { nodes { plugin { slug } effectivelyEnabled } } }`,
    )
    const { nodes } = (
      data as { installations: { nodes: { plugin: { slug: string }; effectivelyEnabled: boolean }[] } }
    ).installations
    expect(nodes.every(({ effectivelyEnabled }) => effectivelyEnabled === enabled)).toBe(true)
    return nodes.map(({ plugin }) => plugin.slug)
  }
  expect(await slugs(true)).toEqual(['health-2', 'health-1', 'health-0'])
  await server.app.database.pool.query("update plugin set enabled = false where slug = 'health-1'")
  expect(await slugs(false)).toEqual(['health-1'])
  expect(await slugs(true)).toEqual(['health-2', 'health-0'])
})
