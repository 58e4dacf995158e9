import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { DispatchHookDocument, RunJobDocument } from '../../schema/generated/graphql.ts'
import { accepted } from '../../scripts/lib/accepted.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { install, openStage, publishPlugin, run, type TestStage } from '../support/stage.ts'
import { keyOf, patchbay, start, type Document, type Running } from './support/command.ts'
import { openLine } from './support/line.ts'

let server: TestServer
let stage: TestStage
let cwd: string
let env: Record<string, string>
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  stage = await openStage(server)
  await run(stage, { id: 'talker', hooks: ['build.before'] }, TALKER)
  const twice = await publishPlugin(stage, { id: 'twice' })
  for (const siteId of stage.siteIds.slice(0, 2)) accepted(await install(stage, twice, { siteId }))
  cwd = process.cwd()
  env = { PATCHBAY_URL: server.url, PATCHBAY_TOKEN: await keyOf(stage, 'OPERATOR') }
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

const TALKER = `import { definePlugin } from 'patchbay'
export default definePlugin({ hooks: { 'build.before'(ctx, { says }) {
  ctx.log.warn(says)
  if (says === 'fail') throw new Error('it broke\\u001b[2J')
} } })`

const SECONDS_20 = { timeout: 20_000, interval: 20 }
const MINUTE = { timeout: 60_000 }

async function say(says: string): Promise<void> {
  const input = { siteId: stage.siteIds[0]!, hook: 'build.before', payload: { says } }
  await stage.operator.request(DispatchHookDocument, { input })
}

/** What a command that runs has written, a JSON document a line. */
function documentsOf(running: Running): Document[] {
  const lines = running.output().stdout.split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as Document)
}

const messagesOf = (documents: readonly Document[]): unknown[] =>
  documents.filter(({ event, level }) => event === 'log' && level === 'warn').map(({ message }) => message)

test('what was logged is told with how each run ended, and nothing moves the cursor', MINUTE, async () => {
  await say('hello')
  await say('fail')
  const { code, stdout, stderr } = await patchbay(['logs', 'talker@north'], { cwd, env })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^\S+Z warn {2}HOOK build\.before {2}hello$/m)
  expect(stdout).toMatch(/^\S+Z end {3}HOOK build\.before {2}OK in [\d.]+ ms$/m)
  expect(stdout).toMatch(/^\S+Z fail {2}HOOK build\.before {2}ERROR in [\d.]+ ms: Error: it broke/m)
  // A trace has its lines; none of them looks like one of ours.
  expect(stdout).toMatch(
    / error HOOK build\.before {2}Error: it broke.*\n {4}at build\.before \(main\.js:4:\d+\)\n/,
  )
  expect(stdout).not.toContain('\u001B')
  const since = await patchbay(['logs', 'talker', '--since', '0s', '--json'], { cwd, env })
  expect(since).toMatchObject({ code: 0, stdout: '' })
})

test(
  'what finishes is told as it does, once, also over a lost connection, until Ctrl-C',
  MINUTE,
  async () => {
    const line = await openLine(server.url)
    const followed = start(['logs', 'talker', '--follow', '--json'], {
      cwd,
      env: { ...env, PATCHBAY_URL: line.url },
    })
    let number = 0
    await vi.waitUntil(async () => {
      await say(`first ${number++}`)
      return documentsOf(followed).length > 0
    }, SECONDS_20)
    await say('before')
    await vi.waitUntil(() => messagesOf(documentsOf(followed)).includes('before'), SECONDS_20)
    line.cut()
    await vi.waitUntil(() => followed.output().stderr.includes('the connection is lost'), SECONDS_20)
    for (const says of ['lost 1', 'lost 2']) await say(says)
    line.mend()
    await vi.waitUntil(() => messagesOf(documentsOf(followed)).includes('lost 2'), SECONDS_20)
    await say('after')
    await vi.waitUntil(() => messagesOf(documentsOf(followed)).includes('after'), SECONDS_20)
    // A run's outcome is a line of its own, behind its log.
    await vi.waitUntil(() => documentsOf(followed).at(-1)?.['event'] === 'outcome', SECONDS_20)
    const documents = documentsOf(followed)
    expect(messagesOf(documents).slice(-4)).toEqual(['before', 'lost 1', 'lost 2', 'after'])
    expect(new Set(messagesOf(documents)).size, 'none twice').toBe(messagesOf(documents).length)
    expect(documents.find(({ message }) => message === 'before')).toMatchObject({
      event: 'log',
      level: 'warn',
      kind: 'HOOK',
      name: 'build.before',
    })
    expect(documents.at(-1)).toMatchObject({ event: 'outcome', outcome: 'OK', kind: 'HOOK', error: null })
    followed.process.kill('SIGINT')
    const { code, signal, stderr } = await followed.ended
    expect({ code, signal }).toEqual({ code: 130, signal: null })
    expect(stderr).toContain('No longer following talker.')
  },
)

test('what a run logs is told while it goes on, and not again at its end', MINUTE, async () => {
  const gates = { schema: { type: 'object', properties: { name: { type: 'string' } } }, unique: ['name'] }
  const installationId = await run(
    stage,
    {
      id: 'sleeper',
      permissions: ['storage:read', 'storage:write'],
      hooks: ['build.after'],
      jobs: [{ name: 'sleep' }],
      collections: { gates },
    },
    `import { definePlugin } from 'patchbay'
    export default definePlugin({
      hooks: { 'build.after': ({ collections: { gates } }) => gates.insert({ name: 'open' }) },
      jobs: { async sleep({ log, collections: { gates } }) {
        log.info('begun')
        while ((await gates.count()) === 0) await new Promise((resolve) => setTimeout(resolve, 250))
        log.info('ended')
      } },
    })`,
  )
  const followed = start(['logs', 'sleeper', '--follow', '--json'], { cwd, env })
  const job = stage.operator.request(RunJobDocument, { input: { installationId, job: 'sleep' } })
  const ofJob = (): Document[] => documentsOf(followed).filter(({ kind }) => kind === 'JOB')
  await vi.waitUntil(() => ofJob().length > 0, SECONDS_20)
  expect(ofJob()).toMatchObject([{ event: 'log', level: 'info', name: 'sleep', message: 'begun' }])
  const input = { siteId: stage.siteIds[0]!, hook: 'build.after', payload: {} }
  await stage.operator.request(DispatchHookDocument, { input })
  accepted((await job).runJob)
  await vi.waitUntil(() => ofJob().at(-1)?.['event'] === 'outcome', SECONDS_20)
  expect(ofJob()).toMatchObject([{ message: 'begun' }, { message: 'ended' }, { outcome: 'OK' }])
  followed.process.kill('SIGINT')
  await followed.ended
})

test('what is not there, not meant or not allowed is told by one line', MINUTE, async () => {
  const refused = async (args: string[], more: Record<string, string> = {}) => {
    const { code, stderr, stdout } = await patchbay(['logs', ...args], { cwd, env: { ...env, ...more } })
    expect(stdout).toBe('')
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    return `${code} ${stderr}`
  }
  const publisher = await keyOf(stage, 'PUBLISHER')
  const id = Buffer.from('Installation:01890000-0000-7000-8000-000000000000').toString('base64')
  const told = await Promise.all([
    refused(['nobody']),
    refused(['twice']),
    refused(['talker', '--since', 'yesterday']),
    refused(['talker'], { PATCHBAY_TOKEN: publisher }),
    refused(['talker', '--follow'], { PATCHBAY_URL: 'http://127.0.0.1:9' }),
    refused([id, '--follow']),
  ])
  expect(told).toEqual([
    expect.stringMatching(/^4 .*no installation "nobody"/),
    expect.stringMatching(/^2 .*installed 2 times.*twice@acme\//),
    expect.stringMatching(/^2 .*--since/),
    expect.stringMatching(/^3 .*with a role that may/),
    expect.stringMatching(/^3 .*cannot be reached/),
    expect.stringMatching(/^4 /),
  ])
})
