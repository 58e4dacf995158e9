import { afterAll, beforeAll, expect, test } from 'vitest'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { GraphError, graphClient } from '../../../scripts/lib/graph-client.ts'
import { deactivate, hooksOf, rowsOf, startTwin, uninstall } from '../../support/life.ts'
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
  'twenty mutations at once at two servers, round %i: a legal end, one audit entry for each, CONFLICT for who lost',
  async (round) => {
    const slug = `crowded-${round}`
    const packageId = await publishPlugin(here, { id: slug }, SLOW)
    const id = accepted(await install(here, packageId)).installation!.id
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => MOVES[n % MOVES.length]!(n % 2 === 0 ? here : there, id)),
    )
    const refusals: string[] = []
    for (const answer of answers) {
      if (answer.status === 'rejected') {
        expect(answer.reason).toBeInstanceOf(GraphError)
        refusals.push((answer.reason as GraphError).code)
      } else refusals.push(...codesOf(answer.value))
    }
    // Who comes before another has begun, or when all is done, finds a state that allows no such move.
    expect(new Set([...refusals, 'CONFLICT', 'INVALID_STATE'])).toEqual(
      new Set(['CONFLICT', 'INVALID_STATE']),
    )
    expect(refusals).toContain('CONFLICT')
    const won = answers.length - refusals.length
    expect(won).toBeGreaterThan(0)

    const { rows } = await server.app.database.pool.query<Entry>(
      `select action, success, error, details, request_id as "requestId" from audit_entry where subject_id = $1 order by id`,
      [rowId(id)],
    )
    const [installed, ...entries] = rows
    expect(installed).toMatchObject({ action: 'plugin.installed', success: true })
    const requests = [...Map.groupBy(entries, ({ requestId }) => requestId).values()]
    expect(requests).toHaveLength(20)
    const refused = requests.filter(([first]) => !first!.success)
    for (const entry of refused) expect(entry).toHaveLength(1)
    const told = refused.map(([entry]) => entry!.error!.split(':')[0]!)
    expect(countsOf(told)).toEqual(countsOf(refusals))
    // What uninstalls an ACTIVE one deactivates it first: two moves of one mutation.
    for (const moved of requests.filter(([first]) => first!.success)) {
      const actions = moved.map(({ action, success }) => `${action} ${success}`)
      if (actions.length === 1) expect(actions[0]).toMatch(/^plugin\.(enabled|disabled|uninstalled) true$/)
      else expect(actions).toEqual(['plugin.disabled true', 'plugin.uninstalled true'])
    }
    expect(requests.length - refused.length).toBe(won)

    const moves = rows.filter(({ success }) => success)
    for (const [n, { details }] of moves.entries())
      expect(details.previousStatus).toBe(n === 0 ? null : moves[n - 1]!.details.status)
    const [row] = await rowsOf(server, slug)
    expect(row).toMatchObject({ status: moves.at(-1)!.details.status, operation: null })
    expect(await hooksOf(server, slug)).toEqual(moves.map(({ action }) => `${slug} ${HOOKS[action]!} OK`))
  },
)

/** How often each is among them. */
function countsOf(codes: string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const code of codes) counts[code] = (counts[code] ?? 0) + 1
  return counts
}

interface Entry {
  action: string
  success: boolean
  error: string | null
  details: Moved
  requestId: string
}

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
