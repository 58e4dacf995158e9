import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordHealth } from '../../../src/features/health/record-health.ts'
import { rollBackUnhealthy } from '../../../src/features/upgrades/roll-back-unhealthy.ts'
import { watchUpgrades } from '../../../src/features/upgrades/watch-upgrades.ts'
import { SERVICE } from '../../../src/auth/actor.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { uninstall } from '../../support/life.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { codesOf, openStage, publishPlugin, rowId, run, type TestStage } from '../../support/stage.ts'
import { columnOf, statesOf, upgrade } from './support.ts'

const clock = new FakeClock()
let server: TestServer
let stage: TestStage
beforeAll(async () => {
  server = await startTestServer({ clock, env: { PLUGIN_HEALTH_DEADLINE_SECONDS: '60' } })
  stage = await openStage(server)
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

const reporting = (expression: string) => `export default { health: () => (${expression}) }`

/** A plugin in 1.0.0, and the package of its 1.1.0. */
async function upgradable(id: string, code: string) {
  const first = await run(stage, { id }, 'export default {}')
  return { first, next: await publishPlugin(stage, { id, version: '1.1.0' }, code) }
}

const report = async (installationId: string, status: 'UNHEALTHY' | 'DEGRADED') =>
  await recordHealth(server.app, SERVICE, [{ installationId: rowId(installationId), status }])

test.each([
  ['says so', reporting(`{ status: 'unhealthy', message: 'no router' }`), 'no router'],
  ['throws', `export default { health() { throw new Error('no power') } }`, 'no power'],
])('a new version whose health %s goes back at once, and the answer says why', async (_how, code, reason) => {
  const id = reason.replace(' ', '-')
  const { first, next } = await upgradable(id, code)
  const refused = await upgrade(stage, first, next)
  expect(codesOf(refused)).toEqual(['SANDBOX_ERROR'])
  expect(refused.userErrors[0]!.message).toContain(reason)
  expect(await statesOf(server, id)).toEqual(['1.0.0 INACTIVE', '1.1.0 INACTIVE', '1.0.0 ACTIVE *'])
  const { rows } = await server.app.database.pool.query(
    `select e.payload->>'reason' as reason, i.failure from event e
     join installation i on i.id = (e.payload->>'supersedes')::uuid where e.type = 'plugin.rolled_back' and e.payload->>'slug' = $1`,
    [id],
  )
  const told = `It was unhealthy after its upgrade: ${reason}`
  expect(rows).toEqual([{ reason: told, failure: told }])
})

test('UNHEALTHY within the deadline goes back by itself, DEGRADED does not', async () => {
  const { first, next } = await upgradable('late', reporting(`{ status: 'degraded', message: 'warming up' }`))
  const { id } = accepted(await upgrade(stage, first, next)).installation!
  await report(id, 'DEGRADED')
  clock.advance(59_000)
  await report(id, 'UNHEALTHY')
  await expect
    .poll(() => statesOf(server, 'late'), { timeout: 20_000 })
    .toEqual(['1.0.0 INACTIVE', '1.1.0 INACTIVE', '1.0.0 ACTIVE *'])
})

test('after the deadline it stays', async () => {
  const { first, next } = await upgradable('settled', reporting(`{ status: 'healthy' }`))
  const { id } = accepted(await upgrade(stage, first, next)).installation!
  clock.advance(61_000)
  await report(id, 'UNHEALTHY')
  const { rows } = await server.app.database.pool.query<{ seq: string }>(
    `select max(seq)::text as seq from event where type = 'health.recorded'`,
  )
  await expect
    .poll(
      async () =>
        (
          await server.app.database.pool.query<{ done: boolean }>(
            `select seq >= $1 as done from relay_position`,
            [rows[0]!.seq],
          )
        ).rows[0]?.done,
      { timeout: 20_000 },
    )
    .toBe(true)
  expect(await statesOf(server, 'settled')).toEqual(['1.0.0 INACTIVE', '1.1.0 ACTIVE *'])
})

test('it is asked again until the deadline', async () => {
  const code = `let asked = 0\nexport default { health: () => (asked++ === 0 ? 'healthy' : { status: 'unhealthy', message: 'it leaks' }) }`
  const { first, next } = await upgradable('leaky', code)
  accepted(await upgrade(stage, first, next))
  await watchUpgrades(server.app)
  await expect
    .poll(() => statesOf(server, 'leaky'), { timeout: 20_000 })
    .toEqual(['1.0.0 INACTIVE', '1.1.0 INACTIVE', '1.0.0 ACTIVE *'])
})

test('where there is no way back, it is FAILED with both reasons, and can be uninstalled', async () => {
  const { first, next } = await upgradable('stranded', reporting(`'healthy'`))
  const { id } = accepted(await upgrade(stage, first, next)).installation!
  await server.app.database.pool.query(
    `update package set status = 'REVOKED', status_reason = 'It leaks.' where id = $1`,
    [await columnOf(server, first, 'package_id')],
  )
  await rollBackUnhealthy(server.app, { installationId: rowId(id), reason: 'no router' })
  expect(await statesOf(server, 'stranded')).toEqual(['1.0.0 INACTIVE', '1.1.0 FAILED *'])
  expect(await columnOf(server, id, 'failure')).toMatch(
    /no router.*It cannot go back: stranded 1\.0\.0 was revoked/,
  )
  accepted(await uninstall(stage, id))
  expect(await statesOf(server, 'stranded')).toEqual(['1.0.0 INACTIVE', '1.1.0 UNINSTALLED *'])
})
