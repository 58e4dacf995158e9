import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { RunJobDocument, SetPluginEnabledDocument } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { runSwitchHook } from '../../../src/features/installations/run-switch-hook.ts'
import { encodeGlobalId } from '../../../src/graphql/global-id.ts'
import { interleave, NO_CALLS, switching } from '../../support/interleave.ts'
import { deactivate, rowsOf, startTwin, uninstall } from '../../support/life.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import {
  activate,
  install,
  openStage,
  publishPlugin,
  rowId,
  run,
  type TestStage,
} from '../../support/stage.ts'
import { rollback, runsOf, statesOf, upgrade } from '../upgrades/support.ts'

const CODE = `const well = () => {}
export default { onInstall: well, onActivate: well, onDeactivate: well, onUninstall: well, jobs: { daily: well } }
`
const CONFLICT = { status: 'rejected', reason: { code: 'CONFLICT' } }

/** No worker: of what a switch lets follow nothing is done but by the tests. */
let server: TestServer
let stage: TestStage
let slug = ''
let count = 0
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  stage = await openStage(server)
})
beforeEach(() => {
  slug = `switched-${++count}`
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

const publish = async (more = {}, code = CODE) => await publishPlugin(stage, { id: slug, ...more }, code)
const told = async () => (await runsOf(server, slug)).map((it) => it.replace(/ OK$/, ''))
const listen = async (id: string) => await runSwitchHook(server.app, { installationId: rowId(id) })

async function turn(enabled: boolean, scope: 'everywhere' | 'for the organization' = 'everywhere') {
  const { rows } = await server.app.database.pool.query<{ id: string }>(
    'select id from plugin where slug = $1',
    [slug],
  )
  const organization = scope === 'everywhere' ? {} : { organizationId: stage.organizationId }
  const input = { pluginId: encodeGlobalId('Plugin', rows[0]!.id), enabled, ...organization }
  accepted((await stage.admin.request(SetPluginEnabledDocument, { input })).setPluginEnabled)
}

test.each(['everywhere', 'for the organization'] as const)(
  'an activation amid which the plugin is switched off %s is CONFLICT, and its code is told the opposite',
  async (scope) => {
    const { id } = accepted(await install(stage, await publish())).installation!
    const outcome = await interleave(
      server,
      NO_CALLS,
      () => activate(stage, id),
      () => turn(false, scope),
    )
    expect(outcome).toMatchObject(CONFLICT)
    expect(await statesOf(server, slug)).toEqual(['1.0.0 INSTALLED *'])
    expect(await told()).toEqual(['1.0.0 onInstall', '1.0.0 onActivate', '1.0.0 onDeactivate'])
    // Off, it is ACTIVE without a word, and told when it is on.
    accepted(await activate(stage, id))
    await turn(true, scope)
    await listen(id)
    expect((await told()).slice(3)).toEqual(['1.0.0 onActivate'])
  },
)

test('an activation amid which the plugin is switched on is CONFLICT: none is ACTIVE that runs and was not told', async () => {
  const { id } = accepted(await install(stage, await publish())).installation!
  await turn(false)
  const outcome = await interleave(
    server,
    switching(slug, true),
    () => activate(stage, id),
    async () => undefined,
  )
  expect(outcome).toMatchObject(CONFLICT)
  expect(await statesOf(server, slug)).toEqual(['1.0.0 INSTALLED *'])
  accepted(await activate(stage, id))
  expect(await told()).toEqual(['1.0.0 onInstall', '1.0.0 onActivate'])
})

test('a plan amid which a plugin of it is switched off is undone as a whole: what was there, and what is new', async () => {
  const base = accepted(await install(stage, await publish())).installation!
  const top = await publishPlugin(stage, { id: `${slug}-top`, dependencies: { [slug]: '*' } }, CODE)
  const outcome = await interleave(
    server,
    NO_CALLS,
    () => install(stage, top, { activate: true }),
    () => turn(false),
  )
  // Of three calls that wait one after the other the first is onActivate of what is there.
  expect(outcome).toMatchObject(CONFLICT)
  expect(await statesOf(server, slug)).toEqual(['1.0.0 INSTALLED *'])
  expect((await told()).slice(1)).toEqual(['1.0.0 onActivate', '1.0.0 onDeactivate'])
  const [row] = await rowsOf(server, `${slug}-top`)
  expect(row).toMatchObject({ status: 'UNINSTALLED', operation: null })
  expect((await runsOf(server, `${slug}-top`)).at(-1)).toBe('1.0.0 onUninstall OK')
  expect(rowId(base.id)).toBe((await rowsOf(server, slug))[0]!.id)
})

test('an upgrade, and a rollback, amid which the plugin is switched off are CONFLICT: what is in force hears of it', async () => {
  const one = await run(stage, { id: slug }, CODE)
  const next = await publish({ version: '2.0.0' })
  const off = switching(slug, false)
  const nothing = async () => undefined
  expect(await interleave(server, off, () => upgrade(stage, one, next), nothing)).toMatchObject(CONFLICT)
  expect(await statesOf(server, slug)).toEqual(['1.0.0 ACTIVE *', '2.0.0 FAILED'])
  expect((await told()).slice(2)).toEqual(['2.0.0 onUpgrade', '2.0.0 onActivate', '2.0.0 onDeactivate'])
  await listen(one)
  expect((await told()).slice(5)).toEqual(['1.0.0 onDeactivate'])
  await turn(true)
  await listen(one)

  const two = accepted(await upgrade(stage, one, next)).installation!.id
  expect(await interleave(server, off, () => rollback(stage, two), nothing)).toMatchObject(CONFLICT)
  expect((await statesOf(server, slug)).slice(2)).toEqual(['2.0.0 ACTIVE *', '1.0.0 FAILED'])
  expect((await told()).slice(9)).toEqual(['1.0.0 onActivate', '1.0.0 onDeactivate'])
  await listen(two)
  expect((await told()).at(-1)).toBe('2.0.0 onDeactivate')
})

test('whoever stops, replaces or removes what was switched off before its code has heard of it tells it himself, and once', async () => {
  const id = await run(stage, { id: slug }, CODE)
  await turn(false)
  accepted(await deactivate(stage, id))
  await listen(id)
  expect((await told()).slice(2)).toEqual(['1.0.0 onDeactivate'])
  await turn(true)
  await listen(id)
  accepted(await activate(stage, id))
  await turn(false)
  const two = accepted(await upgrade(stage, id, await publish({ version: '2.0.0' }))).installation!.id
  expect((await told()).slice(3)).toEqual(['1.0.0 onActivate', '1.0.0 onDeactivate', '2.0.0 onUpgrade'])
  await turn(true)
  await listen(two)
  await turn(false)
  accepted(await uninstall(stage, two))
  expect((await told()).slice(6)).toEqual(['2.0.0 onActivate', '2.0.0 onDeactivate', '2.0.0 onUninstall'])
})

test('what is switched off and on again before its code has heard is not called; while it hears, it is told both', async () => {
  const id = await run(stage, { id: slug }, CODE)
  await turn(false)
  await turn(true)
  await listen(id)
  expect((await told()).slice(2)).toEqual([])
  await turn(false)
  const both = async () => {
    await turn(true)
    await listen(id)
  }
  expect(await interleave(server, NO_CALLS, () => listen(id), both)).toMatchObject({ status: 'fulfilled' })
  expect((await told()).slice(2)).toEqual(['1.0.0 onDeactivate', '1.0.0 onActivate'])
})

test('a job that waits in the queue is DENIED where the plugin was switched off meanwhile, and its code is not asked', async () => {
  const id = await run(stage, { id: slug, jobs: [{ name: 'daily' }] }, CODE)
  const input = { installationId: id, job: 'daily', payload: null, wait: false }
  const { invocation } = accepted((await stage.operator.request(RunJobDocument, { input })).runJob)
  expect(invocation).toMatchObject({ status: 'QUEUED' })
  await turn(false)
  const worker = await startTwin(server, {}, { worker: true })
  const { prisma } = server.app.database
  const where = { id: rowId(invocation!.id) }
  await expect
    .poll(async () => (await prisma.invocation.findUniqueOrThrow({ where })).status, { timeout: 20_000 })
    .toBe('FINISHED')
  expect(await prisma.invocation.findUniqueOrThrow({ where })).toMatchObject({
    outcome: 'DENIED',
    startedAt: null,
  })
  await worker.close()
})
