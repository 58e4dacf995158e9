import { afterAll, beforeAll, expect, test } from 'vitest'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { hours } from '../../../src/lib/units.ts'
import { putLicense, seatsOf } from '../licenses/support.ts'
import { uninstall } from '../../support/life.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import {
  codesOf,
  install,
  openStage,
  publishPlugin,
  rowId,
  run,
  type TestStage,
} from '../../support/stage.ts'
import { columnOf, dataVersionOf, publishFiles, rollback, runsOf, statesOf, upgrade } from './support.ts'

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

test('a rollback brings back the former version with its configuration, and the next one that before it', async () => {
  const settings = { type: 'object', properties: { depth: { type: 'integer' } } }
  const first = await publishPlugin(stage, { id: 'yoyo', settings }, 'export default {}')
  const input = { configuration: { depth: 1 }, activate: true }
  const one = accepted(await install(stage, first, input)).installation!.id
  expect(codesOf(await rollback(stage, one))).toEqual(['INVALID_STATE'])
  const up = async (id: string, version: string, depth: number) => {
    const packageId = await publishPlugin(stage, { id: 'yoyo', version, settings })
    return accepted(await upgrade(stage, id, packageId, { configuration: { depth } })).installation!.id
  }
  const two = await up(one, '1.1.0', 2)
  const three = await up(two, '1.2.0', 3)
  await sql(`update package set yanked_at = now(), yank_reason = 'Broken.' where version = '1.1.0'`)
  const back = accepted(await rollback(stage, three)).installation!
  expect(back).toMatchObject({
    version: '1.1.0',
    status: 'ACTIVE',
    configuration: { depth: 2 },
    supersedes: { id: three },
  })
  expect(codesOf(await rollback(stage, three))).toEqual(['INVALID_STATE'])
  const further = accepted(await rollback(stage, back.id)).installation!
  expect(further).toMatchObject({ version: '1.0.0', configuration: { depth: 1 } })
  expect(codesOf(await rollback(stage, further.id))).toEqual(['INVALID_STATE'])
  const four = await up(further.id, '1.3.0', 4)
  expect(accepted(await rollback(stage, four)).installation).toMatchObject({ version: '1.0.0' })
  expect(await columnOf(server, back.id, 'rollback')).toBe(true)
  const told = await sql(
    `select payload->>'previousVersion' as "from", payload->>'version' as "to" from event where type = 'plugin.rolled_back' order by seq`,
  )
  expect(told).toEqual([
    { from: '1.2.0', to: '1.1.0' },
    { from: '1.1.0', to: '1.0.0' },
    { from: '1.3.0', to: '1.0.0' },
  ])
})

const migration = (version: string) => ({ version, entry: `migrations/${version}.js` })
const UP = 'export function up() {}\n'

test('data go back by `down`, the last first, and forth again where one of them throws', async () => {
  const one = await run(stage, { id: 'keeper' }, 'export default {}')
  const migrations = ['1.1.0', '1.2.0', '1.3.0'].map(migration)
  const files = {
    'migrations/1.1.0.js': `${UP}export function down(ctx) { if (ctx.settings.stuck) throw new Error('stuck') }\n`,
    'migrations/1.2.0.js': UP,
    'migrations/1.3.0.js': `${UP}export function down() {}\n`,
  }
  const settings = { type: 'object', properties: { stuck: { type: 'boolean' } } }
  const packageId = await publishFiles(stage, { id: 'keeper', version: '1.3.0', migrations, settings }, files)
  const two = accepted(await upgrade(stage, one, packageId, { configuration: { stuck: true } })).installation!
  let before = (await runsOf(server, 'keeper')).length
  const refused = await rollback(stage, two.id)
  expect(codesOf(refused)).toEqual(['SANDBOX_ERROR'])
  expect((await runsOf(server, 'keeper')).slice(before)).toEqual([
    '1.3.0 migrations/1.3.0.js#down OK',
    '1.3.0 migrations/1.2.0.js#down OK',
    '1.3.0 migrations/1.1.0.js#down ERROR',
    '1.3.0 migrations/1.2.0.js#up OK',
    '1.3.0 migrations/1.3.0.js#up OK',
  ])
  expect(await statesOf(server, 'keeper')).toEqual(['1.0.0 INACTIVE', '1.3.0 ACTIVE *', '1.0.0 FAILED'])
  expect(await dataVersionOf(server, 'keeper')).toBe('1.3.0')
  await sql(`update installation set configuration = '{}' where id = $1`, [rowId(two.id)])
  before = (await runsOf(server, 'keeper')).length
  accepted(await rollback(stage, two.id))
  expect((await runsOf(server, 'keeper')).slice(before)).toEqual([
    '1.3.0 migrations/1.3.0.js#down OK',
    '1.3.0 migrations/1.2.0.js#down OK',
    '1.3.0 migrations/1.1.0.js#down OK',
    '1.0.0 onActivate OK',
  ])
  expect(await dataVersionOf(server, 'keeper')).toBe('1.0.0')
})

test('what was upgraded in one step goes back in one, where it cannot alone; a revoked version never', async () => {
  const base = await publishPlugin(stage, { id: 'rail' })
  accepted(await install(stage, base, { activate: true }))
  const top = await run(stage, { id: 'train', dependencies: { rail: '^1.0.0' } }, 'export default {}')
  await publishPlugin(stage, { id: 'rail', version: '2.0.0' })
  const next = await publishPlugin(stage, { id: 'train', version: '2.0.0', dependencies: { rail: '^2.0.0' } })
  const upgraded = accepted(await upgrade(stage, top, next)).installation!
  const back = accepted(await rollback(stage, upgraded.id)).installation!
  expect([await statesOf(server, 'rail'), await statesOf(server, 'train')]).toEqual([
    ['1.0.0 INACTIVE', '2.0.0 INACTIVE', '1.0.0 ACTIVE *'],
    ['1.0.0 INACTIVE', '2.0.0 INACTIVE', '1.0.0 ACTIVE *'],
  ])
  const again = accepted(await upgrade(stage, back.id, next)).installation!
  await run(stage, { id: 'signal', dependencies: { rail: '^2.0.0' } }, 'export default {}')
  const refused = await rollback(stage, again.id)
  expect(codesOf(refused)).toEqual(['DEPENDENCY_CONFLICT'])
  await sql(`update package set status = 'REVOKED', status_reason = 'It leaks.' where id = $1`, [
    await columnOf(server, top, 'package_id'),
  ])
  expect(codesOf(await rollback(stage, again.id))).toEqual(['REVOKED'])
  expect(await statesOf(server, 'train')).toHaveLength(4)
})

test('data that an uninstall has kept are migrated by the version that is installed anew', async () => {
  const one = await run(stage, { id: 'ghost' }, 'export default {}')
  accepted(await uninstall(stage, one, { keepData: true }))
  expect(await dataVersionOf(server, 'ghost')).toBe('1.0.0')
  const change = { id: 'ghost', version: '1.2.0', migrations: [migration('1.1.0')] }
  const code = `export function up() {}\nexport function down() {}\n`
  const broken = await publishFiles(stage, change, {
    'migrations/1.1.0.js': code,
    'main.js': `export default { onInstall() { throw new Error('no power') } }`,
  })
  expect(codesOf(await install(stage, broken))).toEqual(['SANDBOX_ERROR'])
  expect(await dataVersionOf(server, 'ghost')).toBe('1.0.0')
  const mended = await publishFiles(stage, { ...change, version: '1.2.1' }, { 'migrations/1.1.0.js': code })
  const again = accepted(await install(stage, mended)).installation!.id
  expect(await dataVersionOf(server, 'ghost')).toBe('1.2.1')
  expect((await runsOf(server, 'ghost')).slice(-2)).toEqual([
    '1.2.1 migrations/1.1.0.js#up OK',
    '1.2.1 onInstall OK',
  ])
  accepted(await uninstall(stage, again))
  expect(await dataVersionOf(server, 'ghost')).toBeNull()
})

test('after the licence has ended, versions that stay usable may be upgraded to and gone back to, later ones not', async () => {
  const { prisma } = server.app.database
  const publish = async (version: string) => await publishPlugin(stage, { id: 'paid', version })
  const first = await publish('1.0.0')
  const second = await publish('1.1.0')
  const { pluginId } = await prisma.package.findUniqueOrThrow({
    where: { id: rowId(first) },
    select: { pluginId: true },
  })
  const data = { licenseRequired: true, perpetualFallback: true }
  await prisma.plugin.update({ where: { id: pluginId }, data, select: { id: true } })
  const organizationId = rowId(stage.organizationId)
  const inAnHour = new Date(Date.now() + hours(1))
  const license = await putLicense(server.app, { pluginId, organizationId }, { expiresAt: inAnHour })
  const one = accepted(await install(stage, first, { activate: true })).installation!.id
  const ended = new Date()
  await sql('update license set expires_at = $2, ends_at = $2 where id = $1', [license.id, ended])
  const third = await publish('1.2.0')
  expect(codesOf(await upgrade(stage, one, third))).toEqual(['LICENSE_EXPIRED'])
  const two = accepted(await upgrade(stage, one, second)).installation!.id
  const back = accepted(await rollback(stage, two)).installation!.id
  for (const id of [two, back]) {
    expect([await columnOf(server, id, 'license_id'), await columnOf(server, id, 'perpetual')]).toEqual([
      license.id,
      true,
    ])
  }
  expect(await statesOf(server, 'paid')).toEqual(['1.0.0 INACTIVE', '1.1.0 INACTIVE', '1.0.0 ACTIVE *'])
  expect(await seatsOf(server.app, license.id)).toEqual({ used: 1, seats: 1 })
})
