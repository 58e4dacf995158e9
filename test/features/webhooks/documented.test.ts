import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { review } from '../../../scripts/lib/cast.ts'
import { pluginZip } from '../../archive/support/plugin-files.ts'
import { ask, eventually } from '../../support/http.ts'
import { activate, fileOf, install, submit } from '../../support/stage.ts'
import { openByHand, type ByHand } from './support/by-hand.ts'

const ROOT = path.join(import.meta.dirname, '../../..')

let page: string
let receiver: Awaited<ReturnType<typeof startReceiver>>
let it: ByHand
beforeAll(async () => {
  page = await readFile(path.join(ROOT, 'docs/webhooks-as-code.md'), 'utf8')
  receiver = await startReceiver()
  it = await openByHand({ PATCHBAY_EGRESS_ALLOW: receiver.host })
})
afterAll(async () => {
  await it.close()
  receiver.process.kill()
})

function blocks(language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map((it) => it[1]!)
}

const signingKey = (): string => /whsec_[\w+/]+/.exec(page)![0]

/** The receiver of the page, in a process of its own. */
async function startReceiver() {
  const code = blocks('js')[1]!
  const env = { PATH: process.env['PATH'], PORT: '0', SIGNING_KEY: signingKey() }
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { cwd: ROOT, env })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await eventually('the receiver listens', () => said.includes('\n'))
  const lines = (): string[] => said.split('\n').slice(1, -1)
  return { process: child, host: `127.0.0.1:${said.trim()}`, lines }
}

/** Runs a document of the page that holds a word, with ids where it has none. */
async function run<Answer>(
  word: string,
  ids: Record<string, string>,
  variables: object = {},
): Promise<Answer> {
  const document = blocks('graphql').find((it) => it.includes(word))!
  const query = document
    .replaceAll(/(\w+): "…"/g, (_, name: string) => `${name}: "${ids[name]!}"`)
    .replace('https://ops.example.com', `http://${receiver.host}`)
  const { json, text } = await ask(it.server, query, { key: it.server.adminKey, variables })
  expect(json?.errors, text).toBeUndefined()
  expect(text).not.toMatch(/"userErrors":\[\{/)
  return json!.data as Answer
}

test("an organization's own webhook does what the page says, from its secrets to its end", async () => {
  const { organizationId, siteIds } = it.stage
  await run('setSecret', { organizationId })
  const source = blocks('yaml')[0]!
  type Applied = { applyWebhook: { webhook: { id: string } } }
  const applied = await run<Applied>('applyWebhook', { organizationId }, { source })
  const webhookId = applied.applyWebhook.webhook.id
  const [north] = siteIds
  const [delivered] = await it.happen('build.completed', { name: 'api' }, north)
  const [skipped] = await it.happen('build.completed', { status: 'skipped' }, north)
  for (const id of [delivered, skipped]) await it.attempt(id!)
  await eventually('it arrived', () => receiver.lines().length === 1)
  expect(receiver.lines()).toEqual(['build.completed at north'])

  type Read = { node: { deliveries: { nodes: { id: string; status: string; attempts: unknown[] }[] } } }
  const { node } = await run<Read>('deliveries(', { id: webhookId })
  expect(node).toMatchObject({ enabled: true, successRate: 1 })
  const [nothing, sent] = node.deliveries.nodes
  expect(nothing).toMatchObject({ status: 'DELIVERED', attempts: [] })
  expect(sent).toMatchObject({ status: 'DELIVERED', attempts: [{ statusCode: 204, error: null }] })
  const redelivered = await run('redeliver', { deliveryId: sent!.id })
  expect(redelivered).toMatchObject({
    redeliver: { delivery: { status: 'PENDING', repeats: { id: sent!.id } } },
  })
  expect(await run('setWebhookEnabled', { webhookId })).toMatchObject({
    setWebhookEnabled: { webhook: { enabled: false } },
  })
  expect(await run('deleteWebhook', { webhookId })).toMatchObject({ deleteWebhook: { webhook: null } })
})

test('the plugin of the page is accepted, and its webhook sends what its transform makes', async () => {
  const files = { 'webhooks/builds.yaml': blocks('yaml')[1]!, 'transforms/build.js': blocks('js')[0]! }
  const bytes = pluginZip(JSON.parse(blocks('json')[0]!), files)
  const packageId = accepted(await submit(it.stage.publisher, fileOf(bytes))).package!.id
  expect(await review(it.stage, packageId)).toBe('APPROVED')
  const installationId = accepted(await install(it.stage, packageId)).installation!.id
  const values = { WEBHOOK_URL: `http://${receiver.host}/in`, WEBHOOK_SIGNING_KEY: signingKey() }
  for (const [key, value] of Object.entries(values)) {
    const query = 'mutation ($input: SetSecretInput!) { setSecret(input: $input) { userErrors { message } } }'
    const variables = { input: { installationId, key, value } }
    expect((await ask(it.server, query, { key: it.server.adminKey, variables })).json?.errors).toBeUndefined()
  }
  accepted(await activate(it.stage, installationId))
  expect(await run('... on Installation', { id: installationId })).toMatchObject({
    node: { webhooks: [{ name: 'builds', events: ['build.*'], enabled: true, successRate: null }] },
  })
  const [id] = await it.happen('build.failed', { name: 'api' }, it.stage.siteIds[0])
  await it.attempt(id!)
  await eventually('it arrived', () => receiver.lines().includes('build.failed: api'))
})

test('every document of the page is run, and the subscription is one of the graph', async () => {
  const words = [
    'setSecret',
    'applyWebhook',
    '... on Installation',
    'deliveries(',
    'redeliver',
    'setWebhookEnabled',
    'deleteWebhook',
  ]
  const others = blocks('graphql').filter((it) => !words.some((word) => it.includes(word)))
  expect(others).toHaveLength(1)
  const subscription = others[0]!.replace(
    'webhookId: "…"',
    'webhookId: "V2ViaG9vazowMDAwMDAwMC0wMDAwLTAwMDAtMDAwMC0wMDAwMDAwMDAwMDA="',
  )
  const { text } = await ask(it.server, subscription, {
    key: it.server.adminKey,
    accept: 'text/event-stream',
  })
  expect(text).toContain('"code":"NOT_FOUND"')
})
