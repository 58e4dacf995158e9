import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JsonValue } from '../../src/lib/json.ts'
import { askerOf } from '../support/asking.ts'
import { ask } from '../support/http.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { openStage, run, type TestStage } from '../support/stage.ts'
import { emptyFolder, patchbay, type Ended } from './support/command.ts'

const anything = { schema: { type: 'object' } }
let server: TestServer
let stage: TestStage
let other: TestStage
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  stage = await openStage(server, 'acme')
  other = await openStage(server, 'globex')
  const permissions = ['storage:read', 'storage:write']
  const plugin = { id: 'keeper', permissions, collections: { items: anything, alone: anything } }
  const keep = await askerOf(server, await run(stage, plugin, 'export default {}\n'))
  // More than one page: by number, by bytes, and of both kinds.
  for (let number = 0; number < 105; number++)
    await keep('collections.insert', { collection: 'items', document: { number } })
  for (let number = 0; number < 10; number++) {
    const document: JsonValue = { number, text: 'x'.repeat(240_000) }
    await keep('collections.insert', { collection: 'alone', document })
  }
  for (let number = 0; number < 22; number++)
    await keep('files.write', {
      path: `f/${number + 10}`,
      content: number === 0 ? '3q2+7w==' : '',
      encoding: 'base64',
    })
})
afterAll(async () => {
  await Promise.all([stage.close(), other.close()])
  await server.close()
})

/** Each command is a process of its own. */
const MINUTE = { timeout: 60_000 }

async function exported(args: string[], token = stage.operatorKey): Promise<Ended> {
  const env = { PATCHBAY_URL: server.url, PATCHBAY_TOKEN: token }
  return await patchbay(['data', 'export', ...args], { cwd: await emptyFolder(), env })
}

test(
  'every document and every file is a line of JSON, each once, in an order that lasts',
  MINUTE,
  async () => {
    const ended = await exported(['acme', 'keeper'])
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    const lines = ended.stdout
      .trimEnd()
      .split('\n')
      .map(
        (line) =>
          JSON.parse(line) as {
            collection?: string
            document: { number: number }
            file: string
            content: string
          },
      )
    const documents = lines.filter(({ collection }) => collection !== undefined)
    expect(documents.map(({ collection, document }) => `${collection} ${document.number}`)).toEqual([
      ...Array.from({ length: 10 }, (_, number) => `alone ${number}`),
      ...Array.from({ length: 105 }, (_, number) => `items ${number}`),
    ])
    const files = lines.slice(documents.length)
    expect(files.map(({ file }) => file)).toEqual(
      Array.from({ length: 22 }, (_, number) => `f/${number + 10}`),
    )
    expect(files[0]).toMatchObject({ file: 'f/10', size: 4, content: '3q2+7w==' })
  },
)

test('what one has not, may not manage or does not know is not told apart', MINUTE, async () => {
  const query = 'query ($o: ID!, $p: String!) { pluginData(organizationId: $o, plugin: $p) { items } }'
  const answer = async (key: string, o: string, p: string): Promise<unknown> =>
    (await ask(server, query, { key, variables: { o, p } })).json!.errors
  const unknown = await answer(stage.operatorKey, stage.organizationId, 'nobody')
  expect(unknown).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
  expect(await answer(other.operatorKey, other.organizationId, 'keeper')).toEqual(unknown)
  const foreign = await answer(other.operatorKey, stage.organizationId, 'keeper')
  expect(foreign).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
  expect((await exported(['globex', 'keeper'])).code).toBe(4)
})
