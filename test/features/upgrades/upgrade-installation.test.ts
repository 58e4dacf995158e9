import { afterAll, beforeAll, expect, test } from 'vitest'
import { SetSecretDocument } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { eventsOf } from '../../support/life.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import {
  activate,
  codesOf,
  install,
  openStage,
  publishPlugin,
  refusalOf,
  rowId,
  run,
  type TestStage,
} from '../../support/stage.ts'
import { columnOf, dataVersionOf, publishFiles, runsOf, statesOf, upgrade } from './support.ts'

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

const sql = async (text: string, values: unknown[] = []) =>
  (await server.app.database.pool.query<Record<string, unknown>>(text, values)).rows

test('configuration, secrets, switch and due jobs go over; old and new are linked, and one event tells it', async () => {
  const settings = (type: string) => ({ type: 'object', properties: { depth: { type } } })
  const job = (schedule: string) => [{ name: 'daily', schedule }]
  const secrets = [{ key: 'TOKEN', required: true }]
  const more = {
    id: 'carrier',
    permissions: [{ permission: 'secrets:read', reason: 'To sign in.' }],
    secrets,
  }
  const code = `export default { jobs: { daily: (ctx) => ctx.secrets.get('TOKEN') } }`
  const first = await publishPlugin(
    stage,
    {
      ...more,
      settings: settings('integer'),
      jobs: [...job('0 2 * * *'), { name: 'hourly', schedule: '5 * * * *' }],
    },
    code,
  )
  const id = accepted(await install(stage, first, { configuration: { depth: 3 } })).installation!.id
  const input = { installationId: id, key: 'TOKEN', value: 'xoxb' }
  accepted((await stage.operator.request(SetSecretDocument, { input })).setSecret)
  accepted(await activate(stage, id))
  const due = new Date('2026-01-01T02:00:00.000Z')
  await sql(`update job_schedule set next_run_at = $1 where name = 'daily'`, [due])

  const second = await publishPlugin(
    stage,
    { ...more, version: '1.1.0', settings: settings('number'), jobs: job('0 2 * * *') },
    code,
  )
  const next = accepted(await upgrade(stage, id, second)).installation!
  expect(next).toMatchObject({
    status: 'ACTIVE',
    version: '1.1.0',
    configuration: { depth: 3 },
    supersedes: { id },
  })
  expect(await statesOf(server, 'carrier')).toEqual(['1.0.0 INACTIVE', '1.1.0 ACTIVE *'])
  expect(await sql('select installation_id, name, next_run_at from job_schedule')).toEqual([
    { installation_id: rowId(next.id), name: 'daily', next_run_at: due },
  ])
  expect((await eventsOf(server, 'carrier')).slice(-1)).toEqual(['carrier plugin.upgraded ACTIVE-ACTIVE'])
  const audited = await sql(
    `select details->'before' as before, details->'after' as after from audit_entry where action = 'plugin.upgraded'`,
  )
  expect(audited).toEqual([
    { before: { version: '1.0.0', status: 'ACTIVE' }, after: { version: '1.1.0', status: 'ACTIVE' } },
  ])

  const third = await publishPlugin(stage, { ...more, version: '1.2.0', settings: settings('string') }, code)
  const kept = await upgrade(stage, next.id, third)
  expect(kept.userErrors).toEqual([
    {
      code: 'SETTINGS_INVALID',
      field: ['configuration', 'depth'],
      message: expect.stringMatching(
        /^What is configured does not fit 1\.2\.0: .* Give a new configuration\.$/,
      ) as string,
    },
  ])
  expect(codesOf(await upgrade(stage, next.id, third, { configuration: { depth: [] } }))).toEqual([
    'SETTINGS_INVALID',
  ])
  const last = accepted(
    await upgrade(stage, next.id, third, { configuration: { depth: 'deep' } }),
  ).installation!
  expect(last).toMatchObject({ configuration: { depth: 'deep' } })
  expect(await sql(`select scope, number, settings from settings_revision order by number`)).toEqual([
    { scope: 'SITE', number: 1, settings: { depth: 3 } },
    { scope: 'SITE', number: 2, settings: { depth: 'deep' } },
  ])
})

test('what is no upgrade is refused, and nothing changes', async () => {
  const id = await run(stage, { id: 'stubborn', version: '2.0.0' }, 'export default {}')
  const older = await publishPlugin(stage, { id: 'stubborn', version: '1.0.0' })
  const other = await publishPlugin(stage, { id: 'other-one' })
  const [same] = await sql(
    `select k.id from package k join plugin p on p.id = k.plugin_id where p.slug = 'stubborn' and version = '2.0.0'`,
  )
  const sameId = Buffer.from(`Package:${String(same!['id'])}`).toString('base64')
  const alien = await publishPlugin(stage, {
    id: 'stubborn',
    version: '3.0.0',
    engines: { host: '>=90', api: '^1' },
  })
  const yanked = await publishPlugin(stage, { id: 'stubborn', version: '2.1.0' })
  await sql(`update package set yanked_at = now(), yank_reason = 'Broken.' where id = $1`, [rowId(yanked)])
  expect(codesOf(await upgrade(stage, id, older))).toEqual(['DOWNGRADE'])
  expect(codesOf(await upgrade(stage, id, sameId))).toEqual(['ALREADY_EXISTS'])
  expect(await refusalOf(upgrade(stage, id, other))).toMatchObject({ code: 'BAD_USER_INPUT' })
  expect(codesOf(await upgrade(stage, id, alien))).toEqual(['HOST_INCOMPATIBLE'])
  expect(codesOf(await upgrade(stage, id, yanked))).toEqual(['YANKED'])
  expect(codesOf(await upgrade(stage, id))).toEqual(['NOT_FOUND'])
  await sql(
    `update package set yanked_at = null, status = 'REVOKED', status_reason = 'It leaks.' where id = $1`,
    [rowId(yanked)],
  )
  expect(codesOf(await upgrade(stage, id, yanked))).toEqual(['REVOKED'])
  expect(await statesOf(server, 'stubborn')).toEqual(['2.0.0 ACTIVE *'])
  const good = await publishPlugin(stage, { id: 'stubborn', version: '2.2.0' })
  accepted(await upgrade(stage, id))
  expect(codesOf(await upgrade(stage, id, good))).toEqual(['INVALID_STATE'])
})

const up = (body = '') => `export function up(ctx) { ${body} }\nexport function down() {}\n`
const HOOKS = `import { definePlugin } from 'patchbay'
export default definePlugin({ onUpgrade(ctx, { from, to }) { if (from + to !== '1.0.01.3.0') throw new Error(from + to) }, onActivate() {} })\n`
const migration = (version: string) => ({ version, entry: `migrations/${version}.js` })

test('data are migrated in order, then onUpgrade and onActivate are called, before the switch', async () => {
  const id = await run(stage, { id: 'mover' }, 'export default {}')
  const change = { id: 'mover', version: '1.3.0', migrations: ['1.0.0', '1.1.0', '1.3.0'].map(migration) }
  const files = Object.fromEntries(change.migrations.map(({ entry }) => [entry, up()]))
  const before = (await runsOf(server, 'mover')).length
  accepted(await upgrade(stage, id, await publishFiles(stage, change, { 'main.js': HOOKS, ...files })))
  expect((await runsOf(server, 'mover')).slice(before)).toEqual([
    '1.3.0 migrations/1.1.0.js#up OK',
    '1.3.0 migrations/1.3.0.js#up OK',
    '1.3.0 onUpgrade OK',
    '1.3.0 onActivate OK',
  ])
  expect(await dataVersionOf(server, 'mover')).toBe('1.3.0')
})

test('a migration that throws takes back those before it, and the old version stays in force', async () => {
  const id = await run(stage, { id: 'clumsy' }, 'export default {}')
  const change = { id: 'clumsy', version: '1.3.0', migrations: ['1.1.0', '1.2.0', '1.3.0'].map(migration) }
  const files = {
    'migrations/1.1.0.js': up(),
    'migrations/1.2.0.js': 'export function up() {}\n',
    'migrations/1.3.0.js': up(`throw new Error('full disk')`),
  }
  const before = (await runsOf(server, 'clumsy')).length
  const refused = await upgrade(stage, id, await publishFiles(stage, change, files))
  expect(codesOf(refused)).toEqual(['SANDBOX_ERROR'])
  expect(refused.userErrors[0]!.message).toMatch(/to 1\.3\.0 .*full disk/)
  expect((await runsOf(server, 'clumsy')).slice(before)).toEqual([
    '1.3.0 migrations/1.1.0.js#up OK',
    '1.3.0 migrations/1.2.0.js#up OK',
    '1.3.0 migrations/1.3.0.js#up ERROR',
    '1.3.0 migrations/1.2.0.js#down OK',
    '1.3.0 migrations/1.1.0.js#down OK',
  ])
  expect(await dataVersionOf(server, 'clumsy')).toBe('1.0.0')
  expect(await statesOf(server, 'clumsy')).toEqual(['1.0.0 ACTIVE *', '1.3.0 FAILED'])
  expect(await columnOf(server, id, 'operation')).toBeNull()
  expect(await eventsOf(server, 'clumsy')).toContain('clumsy plugin.failed INSTALLING-FAILED')
  // As one leaves it who was killed after the second.
  await sql(
    `update plugin_data set version = '1.2.0' from plugin where plugin.id = plugin_id and slug = 'clumsy'`,
  )
  const mended = { ...files, 'migrations/1.3.0.js': up() }
  const again = await publishFiles(stage, { ...change, version: '1.3.1' }, mended)
  const failed = (await runsOf(server, 'clumsy')).length
  accepted(await upgrade(stage, id, again))
  expect((await runsOf(server, 'clumsy')).slice(failed)[0]).toBe('1.3.1 migrations/1.3.0.js#up OK')
})

test('an upgrade brings what it needs, and is refused where it breaks what stays', async () => {
  const id = await run(stage, { id: 'engine' }, 'export default {}')
  await run(stage, { id: 'wagon', dependencies: { engine: '^1.0.0' } }, 'export default {}')
  await publishPlugin(stage, { id: 'fuel' })
  const next = await publishPlugin(stage, { id: 'engine', version: '1.1.0', dependencies: { fuel: '*' } })
  const upgraded = accepted(await upgrade(stage, id, next)).installation!
  expect(await statesOf(server, 'fuel')).toEqual(['1.0.0 ACTIVE *'])
  const major = await publishPlugin(stage, { id: 'engine', version: '2.0.0' })
  const refused = await upgrade(stage, upgraded.id, major)
  expect(codesOf(refused)).toEqual(['DEPENDENCY_CONFLICT'])
  expect(refused.userErrors[0]!.message).toContain('wagon')
  await publishPlugin(stage, { id: 'wagon', version: '1.1.0', dependencies: { engine: '>=1' } })
  accepted(await upgrade(stage, upgraded.id, major))
  expect(await statesOf(server, 'wagon')).toEqual(['1.0.0 INACTIVE', '1.1.0 ACTIVE *'])
})
