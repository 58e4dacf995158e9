import { afterAll, beforeAll, expect, test } from 'vitest'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { graphClient } from '../../../scripts/lib/graph-client.ts'
import { eventsOf, FALLIBLE, FALLIBLE_SETTINGS, hooksOf, rowsOf, startTwin } from '../../support/life.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import {
  activate,
  codesOf,
  install,
  openStage,
  publishPlugin,
  refusalOf,
  rowId,
  type TestStage,
} from '../../support/stage.ts'

let server: TestServer
let second: TestServer
let stage: TestStage
/** The same operator, at another process. */
let elsewhere: TestStage
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  second = await startTwin(server)
  stage = await openStage(server)
  elsewhere = { ...stage, operator: graphClient(second.url, stage.operatorKey) }
})
afterAll(async () => {
  await Promise.all([stage.close(), elsewhere.operator.close()])
  await second.close()
  await server.close()
})

const statusesOf = async (...slugs: string[]) =>
  (await Promise.all(slugs.map((slug) => rowsOf(server, slug)))).map((rows) =>
    rows.map((row) => `${row.version} ${row.status}`),
  )

/** A base of two versions, of which the old one is installed and ACTIVE, and a top that needs the new one. */
async function upgradePlan(name: string, topCode: string) {
  const old = await publishPlugin(stage, { id: `${name}-base` }, FALLIBLE)
  const base = accepted(await install(stage, old, { activate: true })).installation!
  await publishPlugin(stage, { id: `${name}-base`, version: '2.0.0' }, FALLIBLE)
  await publishPlugin(stage, { id: `${name}-fresh` }, FALLIBLE)
  const top = await publishPlugin(
    stage,
    { id: `${name}-top`, dependencies: { [`${name}-base`]: '^2.0.0', [`${name}-fresh`]: '*' } },
    topCode,
  )
  return { base, top }
}

test('a plan with an upgrade is put in force in one step, dependencies first', async () => {
  const { top } = await upgradePlan('good', FALLIBLE)
  const answer = accepted(await install(stage, top, { activate: true }))
  expect(new Set(answer.installations.map((it) => `${it.plugin.slug} ${it.version} ${it.status}`))).toEqual(
    new Set(['good-base 2.0.0 ACTIVE', 'good-fresh 1.0.0 ACTIVE', 'good-top 1.0.0 ACTIVE']),
  )
  expect(answer.installation).toMatchObject({ status: 'ACTIVE' })
  expect((await hooksOf(server, 'good-top', 'good-fresh')).at(-1)).toBe('good-top onActivate OK')
  const { rows } = await server.app.database.pool.query(
    `select count(distinct xid)::int as n from event where payload->>'slug' in ('good-top', 'good-fresh')
       and type in ('plugin.installed', 'plugin.enabled', 'plugin.upgraded')
     or payload->>'slug' = 'good-base' and type = 'plugin.upgraded'`,
  )
  expect(rows).toEqual([{ n: 1 }])
})

test.each(['onInstall', 'onActivate'])(
  'where the last %s of a plan throws, all of it is undone: the upgrade too',
  async (hook) => {
    const name = hook.toLowerCase()
    const code = `export default { ${hook}() { throw new Error('no power') }, onUninstall() {} }`
    const { base, top } = await upgradePlan(name, code)
    const answer = await install(stage, top, { activate: true })
    expect(codesOf(answer)).toEqual(['SANDBOX_ERROR'])
    expect(answer).toMatchObject({ installation: null, installations: [] })
    expect(await statusesOf(`${name}-base`, `${name}-fresh`, `${name}-top`)).toEqual([
      ['1.0.0 ACTIVE', '2.0.0 FAILED'],
      ['1.0.0 UNINSTALLED'],
      ['1.0.0 UNINSTALLED'],
    ])
    expect((await rowsOf(server, `${name}-base`))[0]).toMatchObject({
      id: rowId(base.id),
      operation: null,
      superseded_by_id: null,
    })
    const [fresh] = await rowsOf(server, `${name}-fresh`)
    expect(fresh!.failure).toMatch(/^Undone with the rest of its plan: .*no power/)
    expect(await eventsOf(server, `${name}-top`)).toEqual([
      `${name}-top plugin.failed INSTALLING-FAILED`,
      `${name}-top plugin.uninstalled FAILED-UNINSTALLED`,
    ])
    expect((await hooksOf(server, `${name}-fresh`)).map((it) => it.split(' ')[1])).toEqual([
      'onInstall',
      'onActivate',
      'onDeactivate',
      'onUninstall',
    ])
    const { rows } = await server.app.database.pool.query(
      `select install_count as n from plugin where slug = any($1)`,
      [[`${name}-fresh`, `${name}-top`]],
    )
    expect(rows).toEqual([{ n: 0 }, { n: 0 }])
  },
)

test('with `activate`, a secret that is missing is told before anything is begun', async () => {
  await publishPlugin(stage, {
    id: 'with-secret',
    secrets: [{ key: 'TOKEN', required: true }],
    permissions: [{ permission: 'secrets:read', reason: 'To sign in.' }],
  })
  const top = await publishPlugin(stage, { id: 'on-secret', dependencies: { 'with-secret': '*' } })
  expect(codesOf(await install(stage, top, { activate: true }))).toEqual(['SECRET_MISSING'])
  expect(await statusesOf('with-secret', 'on-secret')).toEqual([[], []])
  accepted(await install(stage, top))
})

test('what a plan builds on is finished: CONFLICT while it is INSTALLING, INVALID_STATE where it FAILED', async () => {
  const slow = await publishPlugin(
    stage,
    { id: 'slow-base' },
    `export default { onInstall: () => new Promise((resolve) => setTimeout(resolve, 1500)) }`,
  )
  const top = await publishPlugin(stage, { id: 'slow-top', dependencies: { 'slow-base': '*' } })
  const first = install(stage, slow)
  await expect.poll(async () => (await rowsOf(server, 'slow-base'))[0]?.status).toBe('INSTALLING')
  expect(await refusalOf(install(elsewhere, top))).toMatchObject({ code: 'CONFLICT' })
  expect(codesOf(await install(elsewhere, slow))).toEqual(['ALREADY_EXISTS'])
  const base = accepted(await first).installation!
  await server.app.database.pool.query(
    `update installation set status = 'FAILED', failure = 'For the test.' where id = $1`,
    [rowId(base.id)],
  )
  expect(codesOf(await install(stage, top))).toEqual(['INVALID_STATE'])
  expect(await statusesOf('slow-top')).toEqual([[]])
})

test('of ten plans at two servers that all bring the same base, none is left half-way', async () => {
  await publishPlugin(stage, { id: 'shared-base' }, FALLIBLE)
  const tops = []
  for (let n = 0; n < 10; n++) {
    tops.push(
      await publishPlugin(stage, { id: `sharing-${n}`, dependencies: { 'shared-base': '*' } }, FALLIBLE),
    )
  }
  const answers = await Promise.allSettled(
    tops.map((top, n) => install(n % 2 === 0 ? stage : elsewhere, top, { activate: true })),
  )
  const won = answers.filter((it) => it.status === 'fulfilled' && it.value.installation !== null)
  expect(won.length).toBeGreaterThan(0)
  for (const answer of answers) {
    if (answer.status === 'rejected') expect(String(answer.reason)).toMatch(/CONFLICT|just being/)
    else if (answer.value.installation === null) expect(codesOf(answer.value)).toEqual(['PLAN_STALE'])
  }
  expect(await statusesOf('shared-base')).toEqual([['1.0.0 ACTIVE']])
  const { rows } = await server.app.database.pool.query<{ status: string; n: number }>(
    `select i.status, count(*)::int as n from installation i join plugin on plugin.id = i.plugin_id
     where plugin.slug like 'sharing-%' group by 1`,
  )
  expect(rows).toEqual([{ status: 'ACTIVE', n: won.length }])
})

test('plans that have nothing to do with each other do not make each other stale', async () => {
  const ids = []
  for (let n = 0; n < 6; n++) ids.push(await publishPlugin(stage, { id: `lonely-${n}` }))
  const answers = await Promise.all(ids.map((id, n) => install(n % 2 === 0 ? stage : elsewhere, id)))
  for (const answer of answers) accepted(answer)
})

test('a dependency that is not ACTIVE is activated with what needs it, and stays as it was where that fails', async () => {
  const base = await publishPlugin(stage, { id: 'idle-base', settings: FALLIBLE_SETTINGS }, FALLIBLE)
  accepted(await install(stage, base))
  const top = await publishPlugin(
    stage,
    { id: 'idle-top', dependencies: { 'idle-base': '*' } },
    `export default { onActivate() { throw new Error('no power') } }`,
  )
  expect(codesOf(await install(stage, top, { activate: true }))).toEqual(['SANDBOX_ERROR'])
  expect(await statusesOf('idle-base', 'idle-top')).toEqual([['1.0.0 INSTALLED'], ['1.0.0 UNINSTALLED']])
  const other = await publishPlugin(stage, { id: 'idle-other', dependencies: { 'idle-base': '*' } })
  accepted(await install(stage, other, { activate: true }))
  expect(await statusesOf('idle-base')).toEqual([['1.0.0 ACTIVE']])
  expect(codesOf(await activate(stage, (await rowGlobal('idle-base'))!))).toEqual(['INVALID_STATE'])
})

async function rowGlobal(slug: string): Promise<string | undefined> {
  const [row] = await rowsOf(server, slug)
  return row && Buffer.from(`Installation:${row.id}`).toString('base64')
}
