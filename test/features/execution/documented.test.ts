import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask } from '../../support/http.ts'
import { makeDeadDelivery } from '../../support/dead-delivery.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { openStage, run, type TestStage } from '../../support/stage.ts'

const PAGE = path.join(import.meta.dirname, '../../../docs/jobs.md')

let server: TestServer
let stage: TestStage
let page: string
beforeAll(async () => {
  page = await readFile(PAGE, 'utf8')
  server = await startTestServer({ worker: false })
  stage = await openStage(server)
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

function blocks(language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map((it) => it[1]!)
}

test('the plugin of the page is accepted, and every document of the page does what it says', async () => {
  const [manifest] = blocks('json')
  const [code] = blocks('js')
  const installationId = await run(stage, JSON.parse(manifest!) as Record<string, unknown>, code!)
  const hook = 'stock-keeper.counted'
  await run(
    stage,
    { id: 'listens', hooks: [hook] },
    `export default { hooks: { '${hook}': (ctx, { shelf }) => shelf } }`,
  )
  const emitted = await answer(
    blocks('graphql').find((it) => it.includes('emitEvent'))!,
    { installationId },
  )
  expect(emitted).toMatchObject({ emitEvent: { subscribers: 1 } })
  const eventDeliveryId = await makeDeadDelivery(server, installationId)
  const documents = blocks('graphql')
  expect(documents).toHaveLength(6)
  const answers = []
  for (const document of documents) answers.push(await answer(document, { installationId, eventDeliveryId }))
  expect(answers).toMatchObject([
    { runJob: { invocation: { outcome: 'OK', logs: [{ message: '1 plugins heard of it' }] } } },
    { node: { jobs: [{ name: 'count-stock' }, { lastRun: { outcome: 'OK' }, schedule: null }] } },
    { emitEvent: { event: { type: 'shop.order.placed' } } },
    { eventDeliveries: { nodes: [{ status: 'DEAD' }] } },
    { replayEventDelivery: { delivery: { status: 'PENDING', attempts: 0 } } },
    { dispatchHook: { aborted: false, results: [{ value: { reserved: 3 } }] } },
  ])
})

interface Ids {
  installationId: string
  eventDeliveryId?: string
}

/** Runs a document of the page, with ids where it has none. */
async function answer(document: string, { installationId, eventDeliveryId = '' }: Ids): Promise<object> {
  const query = document
    .replace(/(id|installationId): "…"/, `$1: "${installationId}"`)
    .replace(/siteId: "…"/, `siteId: "${stage.siteIds[0]!}"`)
    .replace(/eventDeliveryId: "…"/, `eventDeliveryId: "${eventDeliveryId}"`)
  const { json, text } = await ask(server, query, { key: server.adminKey })
  expect(json?.errors, text).toBeUndefined()
  expect(text).not.toMatch(/"userErrors":\[\{/)
  return json!.data!
}
