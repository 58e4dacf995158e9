import { afterAll, beforeAll, expect, test } from 'vitest'
import { accepted } from '../../../scripts/lib/accepted.ts'
import {
  deactivate,
  eventsOf,
  FALLIBLE,
  FALLIBLE_SETTINGS,
  hooksOf,
  retry,
  rowsOf,
  uninstall,
} from '../../support/life.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import {
  activate,
  codesOf,
  install,
  openStage,
  publishPlugin,
  rowId,
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

/** base ← middle ← top, and side, which needs base as well; all ACTIVE. Returns the ids by name. */
async function tower(name: string, failing: Record<string, string> = {}): Promise<Record<string, string>> {
  const needs = { base: [], middle: ['base'], side: ['base'], top: ['middle'] }
  const ids: Record<string, string> = {}
  for (const [part, needed] of Object.entries(needs)) {
    const packageId = await publishPlugin(
      stage,
      {
        id: `${name}-${part}`,
        settings: FALLIBLE_SETTINGS,
        dependencies: Object.fromEntries(needed.map((slug) => [`${name}-${slug}`, '*'])),
      },
      FALLIBLE,
    )
    const configuration = failing[part] === undefined ? {} : { failing: failing[part] }
    const answer = accepted(await install(stage, packageId, { activate: true, configuration }))
    ids[part] = answer.installation!.id
  }
  return ids
}

const namesOf = (name: string) => ['base', 'middle', 'side', 'top'].map((part) => `${name}-${part}`)
const statusesOf = async (name: string) =>
  (await Promise.all(namesOf(name).map((slug) => rowsOf(server, slug)))).map((rows) => rows.at(-1)!.status)

test('what others need stays, and they are named; with `cascade` they go first, each deactivated before', async () => {
  const { base } = await tower('tower')
  const refused = await uninstall(stage, base!)
  expect(codesOf(refused)).toEqual(['HAS_DEPENDENTS'])
  expect(refused.userErrors[0]!.message).toMatch(/tower-middle, tower-side .*need tower-base/)
  expect(codesOf(await deactivate(stage, base!))).toEqual(['HAS_DEPENDENTS'])
  expect(await statusesOf('tower')).toEqual(['ACTIVE', 'ACTIVE', 'ACTIVE', 'ACTIVE'])

  const seen = (await hooksOf(server, ...namesOf('tower'))).length
  expect(accepted(await uninstall(stage, base!, { cascade: true })).installation!.status).toBe('UNINSTALLED')
  expect(await statusesOf('tower')).toEqual(['UNINSTALLED', 'UNINSTALLED', 'UNINSTALLED', 'UNINSTALLED'])
  const gone = (await eventsOf(server, ...namesOf('tower'))).filter((it) => it.includes('uninstalled'))
  expect(gone.map((it) => it.split(' ')[0])).toEqual([
    'tower-top',
    'tower-side',
    'tower-middle',
    'tower-base',
  ])
  const order = ['top', 'side', 'middle', 'base']
  expect((await hooksOf(server, ...namesOf('tower'))).slice(seen)).toEqual([
    ...order.map((part) => `tower-${part} onDeactivate OK`),
    ...order.map((part) => `tower-${part} onUninstall OK`),
  ])
  const { rows } = await server.app.database.pool.query(
    `select count(distinct xid)::int as n from event where type = 'plugin.uninstalled' and payload->>'slug' like 'tower-%'`,
  )
  expect(rows).toEqual([{ n: 1 }])
})

/** What was called of a tower since its installation, the parts by name. */
const hooksSince = async (name: string) =>
  (await hooksOf(server, ...namesOf(name))).slice(8).map((it) => it.slice(name.length + 1))

test('a cascade in which one cannot be deactivated leaves all of it running, and tells the others the opposite', async () => {
  const { base } = await tower('proud', { base: 'onDeactivate' })
  const answer = await uninstall(stage, base!, { cascade: true })
  expect(codesOf(answer)).toEqual(['SANDBOX_ERROR'])
  expect(answer.userErrors[0]!.message).toMatch(
    /onDeactivate has no power.* Nothing was uninstalled: proud-top, proud-side, proud-middle, proud-base are as they were\.$/,
  )
  expect(await statusesOf('proud')).toEqual(['ACTIVE', 'ACTIVE', 'ACTIVE', 'ACTIVE'])
  expect(await hooksSince('proud')).toEqual([
    'top onDeactivate OK',
    'side onDeactivate OK',
    'middle onDeactivate OK',
    'base onDeactivate ERROR',
    'middle onActivate OK',
    'side onActivate OK',
    'top onActivate OK',
  ])
})

test('a cascade in which one cannot be uninstalled uninstalls nothing; whoever asks again completes it', async () => {
  const { base } = await tower('stuck', { base: 'onUninstall' })
  const answer = await uninstall(stage, base!, { cascade: true })
  expect(codesOf(answer)).toEqual(['SANDBOX_ERROR'])
  expect(answer.userErrors[0]!.message).toMatch(
    /Nothing was uninstalled: .*stuck-base stay, and do not run\.$/,
  )
  expect(await statusesOf('stuck')).toEqual(['INACTIVE', 'INACTIVE', 'INACTIVE', 'INACTIVE'])
  expect((await hooksSince('stuck')).slice(4)).toEqual([
    'top onUninstall OK',
    'side onUninstall OK',
    'middle onUninstall OK',
    'base onUninstall ERROR',
    'middle onInstall OK',
    'side onInstall OK',
    'top onInstall OK',
  ])
  accepted(await uninstall(stage, base!, { cascade: true, force: true }))
  expect(new Set(await statusesOf('stuck'))).toEqual(new Set(['UNINSTALLED']))
})

test('what cannot be told the opposite after a cascade that failed is FAILED, and can be retried or uninstalled', async () => {
  const { base, middle, side } = await tower('torn', { base: 'onUninstall' })
  const setFailing = async (id: string, hook: string) =>
    await server.app.database.pool.query('update installation set configuration = $2 where id = $1', [
      rowId(id),
      JSON.stringify({ failing: hook }),
    ])
  await setFailing(middle!, 'onInstall')
  expect(codesOf(await uninstall(stage, base!, { cascade: true }))).toEqual(['SANDBOX_ERROR'])
  expect(await statusesOf('torn')).toEqual(['INACTIVE', 'FAILED', 'INACTIVE', 'INACTIVE'])
  await setFailing(middle!, '')
  accepted(await retry(stage, middle!))
  accepted(await activate(stage, base!))
  accepted(await activate(stage, side!))
  await setFailing(side!, 'onActivate')
  await setFailing(base!, 'onDeactivate')
  expect(codesOf(await uninstall(stage, base!, { cascade: true }))).toEqual(['SANDBOX_ERROR'])
  expect(await statusesOf('torn')).toEqual(['ACTIVE', 'INSTALLED', 'FAILED', 'INACTIVE'])
  await setFailing(base!, '')
  accepted(await uninstall(stage, base!, { cascade: true }))
  expect(new Set(await statusesOf('torn'))).toEqual(new Set(['UNINSTALLED']))
})
