import { afterAll, beforeAll, expect, test } from 'vitest'
import { RunJobDocument } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { invokeHandler } from '../../../src/features/execution/invoke-handler.ts'
import { loadTarget } from '../../../src/features/invocations/target.ts'
import { eventually } from '../../support/http.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { openStage, rowId, run, type TestStage } from '../../support/stage.ts'

let server: TestServer
let stage: TestStage
beforeAll(async () => {
  server = await startTestServer({ worker: false, env: { PLUGIN_PROCESSES: '2' } })
  stage = await openStage(server)
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

const plugin = (members: string): string =>
  `import { definePlugin, PluginError } from 'patchbay'\nexport default definePlugin({ ${members} })`
const JOBS = [{ name: 'ask' }]

/** What the job `ask` of an installation logged, as JSON. */
async function told(installationId: string): Promise<unknown> {
  const { runJob } = await stage.operator.request(RunJobDocument, {
    input: { installationId, job: 'ask' },
  })
  const { rows } = await server.app.database.pool.query<{ message: string }>(
    `select logs -> 0 ->> 'message' as message from invocation where id = $1`,
    [Buffer.from(accepted(runJob).invocation!.id, 'base64').toString().split(':')[1]],
  )
  return JSON.parse(rows[0]!.message)
}

test('an extension point of a plugin calls the others at its site, what is needed first, and never itself', async () => {
  const hook = 'ratings.rated'
  await run(stage, { id: 'y-base', hooks: [hook] }, plugin(`hooks: { '${hook}': (ctx, it) => it.score + 1 }`))
  await run(
    stage,
    { id: 'b-needs', hooks: [hook], dependencies: { 'y-base': '*' } },
    plugin(`hooks: { '${hook}'() { throw new Error('my own') } }`),
  )
  await run(
    stage,
    { id: 'elsewhere', hooks: [hook] },
    plugin(`hooks: { '${hook}': () => 'not here' }`),
    stage.siteIds[1],
  )
  const ratings = await run(
    stage,
    { id: 'ratings', jobs: JOBS, hooks: [hook], contributes: { hooks: [hook] } },
    plugin(`hooks: { '${hook}': () => 'self' }, jobs: { async ask(ctx) {
      ctx.log.info(JSON.stringify(await ctx.hooks.call('${hook}', { score: 4 })))
    } }`),
  )
  expect(await told(ratings)).toEqual({
    aborted: false,
    abortedBy: null,
    abortReason: null,
    results: [
      { plugin: 'y-base', outcome: 'OK', value: 5 },
      { plugin: 'b-needs', outcome: 'ERROR', value: null },
    ],
  })
  const permissions = [{ permission: 'hooks:abort', reason: 'Says no.' }]
  await run(
    stage,
    { id: 'c-says-no', hooks: [hook], permissions },
    plugin(`hooks: { '${hook}'() { throw new PluginError('too low') } }`),
  )
  await run(stage, { id: 'z-last', hooks: [hook] }, plugin(`hooks: { '${hook}': () => 'last' }`))
  expect(await told(ratings)).toMatchObject({
    aborted: true,
    abortedBy: 'c-says-no',
    abortReason: 'too low',
    results: [{ plugin: 'y-base' }, { plugin: 'b-needs' }, { plugin: 'c-says-no', outcome: 'ABORTED' }],
  })
})

test('only what the manifest offers is called', async () => {
  const stranger = await run(
    stage,
    { id: 'stranger', jobs: JOBS },
    plugin(`jobs: { async ask(ctx) {
      const error = await ctx.hooks.call('ratings.rated', {}).catch((it) => it)
      ctx.log.info(JSON.stringify({ code: error.code }))
    } }`),
  )
  expect(await told(stranger)).toEqual({ code: 'HOOK_UNKNOWN' })
})

test('two plugins that call each other round and round are stopped eight deep', async () => {
  const circling = (own: string, other: string, more = '') =>
    plugin(`hooks: { async '${other}.turn'(ctx, depth) {
      try {
        const { results } = await ctx.hooks.call('${own}.turn', depth + 1)
        return results[0].value
      } catch (error) {
        return { code: error.code, depth }
      }
    } }, ${more}`)
  await run(
    stage,
    { id: 'round-b', hooks: ['round-a.turn'], contributes: { hooks: ['round-b.turn'] } },
    circling('round-b', 'round-a'),
  )
  const first = await run(
    stage,
    { id: 'round-a', jobs: JOBS, hooks: ['round-b.turn'], contributes: { hooks: ['round-a.turn'] } },
    circling(
      'round-a',
      'round-b',
      `jobs: { async ask(ctx) {
        const { results } = await ctx.hooks.call('round-a.turn', 1)
        ctx.log.info(JSON.stringify(results[0].value))
      } }`,
    ),
  )
  expect(await told(first)).toEqual({ code: 'HOOK_DEPTH', depth: 8 })
})

test('a chain of plugins that is longer than there are processes still comes to its end', async () => {
  // Each handles what the one before it offers.
  const ids = ['link-a', 'link-b', 'link-c']
  for (const [at, id] of ids.entries()) {
    const handles = at === 0 ? 'chain.begun' : `${ids[at - 1]!}.called`
    const offers = `${id}.called`
    const code = plugin(`hooks: { async '${handles}'(ctx, trail) {
      const { results } = await ctx.hooks.call('${offers}', [...trail, '${id}'])
      return results[0]?.value ?? [...trail, '${id}']
    } }`)
    await run(stage, { id, hooks: [handles], contributes: { hooks: [offers] } }, code)
  }
  const first = await run(
    stage,
    { id: 'chain', jobs: JOBS, contributes: { hooks: ['chain.begun'] } },
    plugin(`jobs: { async ask(ctx) {
      const { results } = await ctx.hooks.call('chain.begun', [])
      ctx.log.info(JSON.stringify(results[0].value))
    } }`),
  )
  expect(await told(first)).toEqual(ids)
})

test('where too much waits for a plugin, the call is its failure and not the workflow', async () => {
  const { app } = server
  const hooks = ['crowd.seen']
  const hangs = plugin(`hooks: { 'crowd.seen': () => new Promise(() => {}) }`)
  const crowded = rowId(await run(stage, { id: 'crowded', hooks }, hangs))
  const target = (await loadTarget(app, { id: crowded }))!
  const request = { kind: 'HOOK' as const, name: 'crowd.seen', args: [null] }
  // Eight run, a hundred wait.
  const crowd = Array.from({ length: 108 }, () => invokeHandler(app, target, request))
  await eventually('they wait', () => app.runtime.status().waitingCalls === 100)
  const left = await invokeHandler(app, target, request)
  expect(left.result).toMatchObject({ outcome: 'DENIED', error: { name: 'PluginBusyError' } })
  app.runtime.stop({ installation: crowded }, 'enough')
  expect(new Set((await Promise.all(crowd)).map(({ result }) => result.outcome))).toEqual(
    new Set(['CRASHED']),
  )
})
