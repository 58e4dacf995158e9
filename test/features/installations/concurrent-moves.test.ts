import { afterAll, beforeAll, expect, test } from 'vitest'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { GraphError, graphClient } from '../../../scripts/lib/graph-client.ts'
import { deactivate, hooksOf, rowsOf, startTwin, uninstall } from '../../support/life.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { activate, install, openStage, publishPlugin, rowId, type TestStage } from '../../support/stage.ts'

/** Each hook takes a moment, so that the mutations meet. */
const SLOW = `const pause = () => new Promise((resolve) => setTimeout(resolve, 30))
export default { onInstall: pause, onActivate: pause, onDeactivate: pause, onUninstall: pause }
`
const MOVES = [activate, deactivate, activate, deactivate, uninstall]

let server: TestServer
let second: TestServer
let here: TestStage
let there: TestStage
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  second = await startTwin(server)
  here = await openStage(server)
  there = { ...here, operator: graphClient(second.url, here.operatorKey) }
})
afterAll(async () => {
  await Promise.all([here.close(), there.operator.close()])
  await second.close()
  await server.close()
})

test.each([1, 2, 3])(
  'twenty mutations at once at two servers, round %i: a legal end, an entry for each that won, CONFLICT for who lost',
  async (round) => {
    const slug = `crowded-${round}`
    const packageId = await publishPlugin(here, { id: slug }, SLOW)
    const id = accepted(await install(here, packageId)).installation!.id
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => MOVES[n % MOVES.length]!(n % 2 === 0 ? here : there, id)),
    )
    let won = 0
    for (const answer of answers) {
      if (answer.status === 'rejected') {
        expect(answer.reason).toBeInstanceOf(GraphError)
        expect((answer.reason as GraphError).code).toBe('CONFLICT')
      } else if (answer.value.userErrors.length === 0) won += 1
      else expect(answer.value.userErrors.map(({ code }) => code)).toEqual(['INVALID_STATE'])
    }
    expect(won).toBeGreaterThan(0)

    const { rows } = await server.app.database.pool.query<{ action: string; details: Moved }>(
      `select action, details from audit_entry where subject_id = $1 and action like 'plugin.%' order by id`,
      [rowId(id)],
    )
    const moves = rows.map(({ details }) => details)
    for (const [n, move] of moves.entries()) {
      expect(move.previousStatus).toBe(n === 0 ? null : moves[n - 1]!.status)
    }
    const [row] = await rowsOf(server, slug)
    expect(row).toMatchObject({ status: moves.at(-1)!.status, operation: null })
    // What uninstalls an ACTIVE one deactivates it first: one mutation, two moves.
    const actions = rows.map(({ action }) => action)
    const both = actions.filter(
      (it, n) => it === 'plugin.uninstalled' && actions[n - 1] === 'plugin.disabled',
    )
    expect([won, won + both.length]).toContain(actions.length - 1)
    expect(await hooksOf(server, slug)).toEqual(actions.map((action) => `${slug} ${HOOKS[action]!} OK`))
  },
)

interface Moved {
  previousStatus: string | null
  status: string
}

const HOOKS: Record<string, string> = {
  'plugin.installed': 'onInstall',
  'plugin.enabled': 'onActivate',
  'plugin.disabled': 'onDeactivate',
  'plugin.uninstalled': 'onUninstall',
}
