import { afterAll, beforeAll, expect, test } from 'vitest'
import { DeactivateAllDocument } from '../../../schema/generated/graphql.ts'
import { recoverInstallations } from '../../../src/features/installations/recover-installations.ts'
import { newId } from '../../../src/lib/ids.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { graphClient } from '../../../scripts/lib/graph-client.ts'
import { deactivate, eventsOf, startTwin, uninstall } from '../../support/life.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import {
  codesOf,
  openStage,
  publishPlugin,
  refusalOf,
  rowId,
  run,
  type TestStage,
} from '../../support/stage.ts'
import { columnOf, rollback, statesOf, upgrade } from './support.ts'

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

const WAITING = `export default { onUpgrade: () => new Promise((resolve) => setTimeout(resolve, 800)) }`

test('of upgrades, a rollback, a deactivation and an uninstall at once at two servers, one wins and the others get CONFLICT', async () => {
  const one = await run(stage, { id: 'wanted' }, WAITING)
  const middle = await publishPlugin(stage, { id: 'wanted', version: '1.1.0' }, WAITING)
  const next = await publishPlugin(stage, { id: 'wanted', version: '1.2.0' }, WAITING)
  const id = accepted(await upgrade(stage, one, middle)).installation!.id
  const winning = upgrade(stage, id, next)
  await expect.poll(() => columnOf(server, id, 'operation')).toBe('upgrade')
  const losers = [
    upgrade(elsewhere, id, next),
    upgrade(stage, id, next),
    rollback(elsewhere, id),
    deactivate(elsewhere, id),
    uninstall(stage, id),
  ]
  for (const refused of await Promise.all(losers.map(refusalOf)))
    expect(refused).toMatchObject({ code: 'CONFLICT' })
  const last = accepted(await winning).installation!.id
  const states = ['1.0.0 INACTIVE', '1.1.0 INACTIVE', '1.2.0 ACTIVE *']
  expect(await statesOf(server, 'wanted')).toEqual(states)

  const outcomes = await Promise.allSettled([
    rollback(stage, last),
    rollback(elsewhere, last),
    deactivate(stage, last),
    uninstall(elsewhere, last),
  ])
  const won = outcomes.filter((it) => it.status === 'fulfilled' && it.value.userErrors.length === 0)
  expect(won.length).toBeGreaterThan(0)
  const inForce = (await statesOf(server, 'wanted')).filter((it) => it.endsWith('*'))
  expect(inForce).toHaveLength(1)
  expect(inForce[0]).toMatch(/^1\.2\.0 (INACTIVE|UNINSTALLED)|^1\.1\.0 ACTIVE/)
  const { rows } = await server.app.database.pool.query(
    `select count(*)::int as n from installation where operation is not null or status = 'INSTALLING'`,
  )
  expect(rows).toEqual([{ n: 0 }])
})

test('where the process dies amid an upgrade, the former version is in force, and the candidate FAILED and told', async () => {
  const one = await run(stage, { id: 'orphan' }, 'export default {}')
  const next = await publishPlugin(stage, { id: 'orphan', version: '1.1.0' })
  await server.app.database.pool.query(
    `insert into installation (id, organization_id, site_id, plugin_id, package_id, status, supersedes_id, in_force, process_id, installed_at)
     select $2, organization_id, site_id, plugin_id, $3, 'INSTALLING', id, false, $4, now() from installation where id = $1`,
    [rowId(one), newId(), rowId(next), newId()],
  )
  await recoverInstallations(server.app)
  expect(await statesOf(server, 'orphan')).toEqual(['1.0.0 ACTIVE *', '1.1.0 FAILED'])
  expect(await eventsOf(server, 'orphan')).toContain('orphan plugin.failed INSTALLING-FAILED')
  accepted(await upgrade(stage, one, next))
})

test('the emergency switch breaks off an upgrade, and the former version is what it stops', async () => {
  const one = await run(stage, { id: 'halted' }, 'export default {}')
  const next = await publishPlugin(
    stage,
    { id: 'halted', version: '1.1.0' },
    `export default { onUpgrade: () => new Promise(() => {}) }`,
  )
  const hanging = upgrade(stage, one, next)
  await expect.poll(() => columnOf(server, one, 'operation')).toBe('upgrade')
  await expect.poll(() => statesOf(server, 'halted')).toContain('1.1.0 INSTALLING')
  const input = { siteId: stage.siteIds[0]!, reason: 'It sends mail.' }
  accepted((await stage.admin.request(DeactivateAllDocument, { input })).deactivateAll)
  expect(codesOf(await hanging)).toEqual(['SANDBOX_ERROR'])
  expect(await statesOf(server, 'halted')).toEqual(['1.0.0 INACTIVE *', '1.1.0 FAILED'])
  expect(await columnOf(server, one, 'operation')).toBeNull()
})
