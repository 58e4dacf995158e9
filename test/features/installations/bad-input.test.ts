import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { deactivate, retry, uninstall } from '../../support/life.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import {
  activate,
  codesOf,
  countRows,
  install,
  openStage,
  publishPlugin,
  refusalOf,
  type TestStage,
} from '../../support/stage.ts'

let server: TestServer
let stage: TestStage
let stranger: TestStage
let packageId: string
let pluginId: string
let olderId: string
let installationId: string
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  stage = await openStage(server)
  const other = await openStage(server, 'globex')
  stranger = { ...stage, operator: other.operator, close: other.close }
  olderId = await publishPlugin(stage, { id: 'wanted', version: '0.9.0' })
  packageId = await publishPlugin(stage, { id: 'wanted' })
  installationId = accepted(await install(stage, packageId, { siteId: stage.siteIds[2]! })).installation!.id
  const { rows } = await server.app.database.pool.query<{ id: string }>('select id from plugin')
  pluginId = idOf('Plugin', rows[0]!.id)
})
afterAll(async () => {
  await Promise.all([stage.close(), stranger.close()])
  await server.close()
})

function idOf(type: string, id: string): string {
  return Buffer.from(`${type}:${id}`).toString('base64')
}

const NOBODY = '01900000-0000-7000-8000-000000000000'

const TABLES = ['installation', 'license_seat', 'secret', 'plugin_data', 'job_schedule', 'invocation']

/** What a refusal must not add to: rows of what life is about, and what is told of it. */
async function rest(): Promise<Record<string, number>> {
  const counts = await countRows(server)
  const { rows } = await server.app.database.pool.query<{ n: number }>(
    `select count(*)::int as n from event where type like 'plugin.%'`,
  )
  return Object.fromEntries([...TABLES.map((name) => [name, counts[name]!]), ['told', rows[0]!.n]])
}

type Input = Parameters<typeof install>[2]

describe('installPlugin refuses', () => {
  test.each<[string, string, () => Promise<unknown>]>([
    ['both a package and a plugin', 'BAD_USER_INPUT', () => install(stage, packageId, { pluginId })],
    ['neither', 'BAD_USER_INPUT', () => install(stage, undefined as never)],
    ['a range that does not parse', 'BAD_USER_INPUT', () => wanted({ range: '^^1 ||| banana' })],
    ['a range of many words', 'BAD_USER_INPUT', () => wanted({ range: '1 '.repeat(500_000) })],
    ['an id that is none', 'BAD_USER_INPUT', () => install(stage, 'banana')],
    ['an id of something else', 'BAD_USER_INPUT', () => install(stage, installationId)],
    ['a package that is not there', 'NOT_FOUND', () => install(stage, idOf('Package', NOBODY))],
    ['a plugin that is not there', 'NOT_FOUND', () => wanted({ pluginId: idOf('Plugin', NOBODY) })],
    [
      'a site that is not there',
      'NOT_FOUND',
      () => install(stage, packageId, { siteId: idOf('Site', NOBODY) }),
    ],
    ["a stranger's site", 'NOT_FOUND', () => install(stranger, packageId)],
    ['who only publishes', 'NOT_FOUND', () => install({ ...stage, operator: stage.publisher }, packageId)],
  ])('%s: %s', async (_name, code, request) => {
    const before = await rest()
    expect(await refusalOf(request())).toMatchObject({ code })
    expect(await rest()).toEqual(before)
  })

  test.each<[string, string, () => ReturnType<typeof install>]>([
    ['a version that there is not', 'NOT_APPROVED', () => wanted({ range: '>=7' })],
    ['a key of no licence', 'NOT_FOUND', () => install(stage, packageId, { licenseKey: 'banana' })],
    [
      'a key of a megabyte',
      'NOT_FOUND',
      () => install(stage, packageId, { licenseKey: 'k'.repeat(500_000) }),
    ],
    [
      'a configuration that is no object',
      'SETTINGS_INVALID',
      () => install(stage, packageId, { configuration: [1] }),
    ],
    [
      'a version older than what is installed',
      'DOWNGRADE',
      () => install(stage, olderId, { siteId: stage.siteIds[2]! }),
    ],
    ['what is installed', 'ALREADY_EXISTS', () => install(stage, packageId, { siteId: stage.siteIds[2]! })],
  ])('%s: %s', async (_name, code, request) => {
    const before = await rest()
    const answer = await request()
    expect(codesOf(answer)).toEqual([code])
    expect(answer.installation).toBeNull()
    expect(await rest()).toEqual(before)
  })

  async function wanted(more: Input) {
    const input = { siteId: stage.siteIds[0]!, pluginId, ...more }
    return await install(stage, undefined as never, input)
  }
})

test('a range may name build metadata: it counts for nothing', async () => {
  const input = { siteId: stage.siteIds[0]!, pluginId, range: '>=1.0.0+build.7 <2.0.0+x' }
  const { installation } = accepted(await install(stage, undefined as never, input))
  accepted(await uninstall(stage, installation!.id))
})

test("a stranger's, a missing and a malformed installation are refused by each mutation, and nothing changes", async () => {
  const before = await rest()
  for (const move of [activate, deactivate, retry, uninstall]) {
    expect(await refusalOf(move(stranger, installationId))).toMatchObject({ code: 'NOT_FOUND' })
    expect(await refusalOf(move(stage, idOf('Installation', NOBODY)))).toMatchObject({ code: 'NOT_FOUND' })
    for (const id of ['', 'banana', packageId, idOf('Installation', 'banana'), `${installationId} `])
      expect(await refusalOf(move(stage, id))).toMatchObject({ code: 'BAD_USER_INPUT' })
  }
  expect(await rest()).toEqual(before)
})
