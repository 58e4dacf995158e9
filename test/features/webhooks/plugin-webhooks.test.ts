import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  DeactivateInstallationDocument,
  DeleteWebhookDocument,
  InstallationWebhooksDocument,
  RollbackInstallationDocument,
  SetSecretDocument,
  UninstallInstallationDocument,
  UpgradeInstallationDocument,
  WebhooksDocument,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { review } from '../../../scripts/lib/cast.ts'
import { packExample } from '../../../scripts/lib/example-packages.ts'
import { packZip } from '../../../src/archive/pack.ts'
import { writeMinutes } from '../../../src/features/invocations/write-minutes.ts'
import { goodManifest, pluginZip } from '../../archive/support/plugin-files.ts'
import { activate, codesOf, fileOf, install, rowId, submit } from '../../support/stage.ts'
import { ask } from '../../support/http.ts'
import { openByHand, type ByHand } from './support/by-hand.ts'
import { drawSigningKey, readWebhook } from './support/webhooks.ts'

let it: ByHand
beforeAll(async () => {
  it = await openByHand()
})
afterAll(() => it.close())

async function publish(bytes: Uint8Array): Promise<string> {
  const packageId = accepted(await submit(it.stage.publisher, fileOf(bytes))).package!.id
  expect(await review(it.stage, packageId)).toBe('APPROVED')
  return packageId
}

const TRANSFORM = `export async function transform(ctx, event) {
  return { by: ctx.plugin.version, token: await ctx.secrets.get('TOKEN'), type: event.type }
}`

/** A version of a plugin with these webhooks, each of which tells of `ship.*`. */
async function publishVersion(version: string, names: string[]): Promise<string> {
  const manifest = {
    ...goodManifest,
    id: 'shipper',
    version,
    permissions: [{ permission: 'secrets:read', reason: 'It is told.' }],
    secrets: [{ key: 'URL' }, { key: 'TOKEN' }],
    webhooks: names.map((name) => `webhooks/${name}.yaml`),
  }
  const files = Object.fromEntries(
    names.map((name) => [
      `webhooks/${name}.yaml`,
      [
        'api_version: v1',
        `name: ${name}`,
        'on: ["ship.*"]',
        'delivery: { url: "${SECRET:URL}" }',
        'transform: { language: javascript, entry: transform.js }',
        '',
      ].join('\n'),
    ]),
  )
  return await publish(pluginZip(manifest, { ...files, 'transform.js': TRANSFORM }))
}

const setSecret = async (installationId: string, key: string, value: string): Promise<void> => {
  const input = { installationId, key, value }
  accepted((await it.stage.operator.request(SetSecretDocument, { input })).setSecret)
}

async function webhooksOf(installationId: string): Promise<{ id: string; name: string }[]> {
  const { node } = await it.stage.operator.request(InstallationWebhooksDocument, { installationId })
  return (node as { webhooks: { id: string; name: string }[] }).webhooks.map(({ id, name }) => ({ id, name }))
}

const active = async (): Promise<number> =>
  (await it.stage.operator.request(WebhooksDocument, {})).systemStatus.webhooksActive

const listed = async (): Promise<string[]> =>
  (await it.stage.operator.request(WebhooksDocument, {})).webhooks.nodes.map(({ name }) => name).sort()

test('what a plugin brings fires while it runs at its site, and is the same over upgrade and rollback', async () => {
  const first = await publishVersion('1.0.0', ['news', 'old'])
  const second = await publishVersion('1.1.0', ['news', 'new'])
  const installationId = accepted(await install(it.stage, first)).installation!.id
  await setSecret(installationId, 'URL', `${it.receiver.url}/ship`)
  await setSecret(installationId, 'TOKEN', 't0ken')
  const [north, south] = it.stage.siteIds
  expect(await it.happen('ship.early', {}, north)).toEqual([])
  accepted(await activate(it.stage, installationId))
  const before = await webhooksOf(installationId)
  expect(before.map(({ name }) => name)).toEqual(['news', 'old'])
  expect(await active()).toBe(2)
  expect(await it.happen('ship.sent', {}, south)).toEqual([])
  const ids = await it.happen('ship.sent', {}, north)
  for (const id of ids) await it.attempt(id)
  expect(it.receiver.at('/ship').map(({ body }) => body)).toEqual(
    Array.from({ length: 2 }, () => '{"by":"1.0.0","token":"t0ken","type":"ship.sent"}'),
  )
  expect((await readWebhook(it.stage, before[0]!.id)).deliveries).toMatchObject([{ status: 'DELIVERED' }])
  const refused = await it.stage.operator.request(DeleteWebhookDocument, {
    input: { webhookId: before[0]!.id },
  })
  expect(codesOf(refused.deleteWebhook)).toEqual(['INVALID_STATE'])

  const [waiting] = await it.happen('ship.late', {}, north)
  const input = { installationId, packageId: second }
  const { upgradeInstallation } = await it.stage.operator.request(UpgradeInstallationDocument, { input })
  const upgraded = accepted(upgradeInstallation).installation!.id
  const after = await webhooksOf(upgraded)
  expect(after.map(({ name }) => name)).toEqual(['new', 'news'])
  expect(after[1]).toEqual(before[0])
  expect(await listed()).toEqual(['new', 'news'])
  await it.attempt(waiting!)
  expect(it.receiver.at('/ship').at(-1)!.body).toContain('"by":"1.1.0"')

  const back = await it.stage.operator.request(RollbackInstallationDocument, {
    input: { installationId: upgraded },
  })
  const restored = accepted(back.rollbackInstallation).installation!.id
  expect(await webhooksOf(restored)).toEqual(before)

  const off = { input: { installationId: restored } }
  accepted((await it.stage.operator.request(DeactivateInstallationDocument, off)).deactivateInstallation)
  expect(await active()).toBe(0)
  expect(await it.happen('ship.off', {}, north)).toEqual([])
  const gone = { input: { installationId: restored, keepData: false } }
  accepted((await it.stage.operator.request(UninstallInstallationDocument, gone)).uninstallInstallation)
  expect(await listed()).toEqual([])
  expect(await it.server.app.database.prisma.webhook.count()).toBe(0)
})

test('an inline transform of a plugin is a run of it: told, counted, and left alone while its circuit is open', async () => {
  const manifest = {
    ...goodManifest,
    id: 'inliner',
    secrets: [{ key: 'URL' }],
    webhooks: ['webhooks/told.yaml'],
  }
  const yaml = [
    'api_version: v1',
    'name: told',
    'on: ["inline.*"]',
    'delivery: { url: "${SECRET:URL}" }',
    'transform:',
    '  language: javascript',
    '  inline: |',
    '    export function transform(ctx, event) {',
    "      if (event.payload.fails) throw new Error('no')",
    '      return { by: ctx.plugin.id, at: ctx.site.slug, may: ctx.permissions, secrets: typeof ctx.secrets?.get }',
    '    }',
    '',
  ].join('\n')
  const installationId = accepted(
    await install(it.stage, await publish(pluginZip(manifest, { 'webhooks/told.yaml': yaml }))),
  ).installation!.id
  await setSecret(installationId, 'URL', `${it.receiver.url}/inline`)
  accepted(await activate(it.stage, installationId))
  const [north] = it.stage.siteIds
  const tell = async (payload: object) => {
    const [id] = await it.happen('inline.said', payload, north)
    return { id: id!, again: await it.attempt(id!) }
  }
  for (let failure = 0; failure < 5; failure += 1) await tell({ fails: true })
  const { id, again } = await tell({})
  expect(again!.inMs).toBeGreaterThan(50_000)
  it.clock.advance(61_000)
  await it.attempt(id)
  const { body } = it.receiver.at('/inline').at(-1)!
  expect(JSON.parse(body)).toEqual({ by: 'inliner', at: 'north', may: [], secrets: 'function' })

  await writeMinutes(it.server.app)
  const query = `query ($id: ID!) { node(id: $id) { ... on Installation {
    circuit { state failures } metrics { invocations errors } } }
    invocations(installationId: $id, kind: [TRANSFORM]) { nodes { name outcome error } } }`
  const { json } = await ask(it.server, query, {
    key: it.stage.operatorKey,
    variables: { id: installationId },
  })
  const { node, invocations } = json!.data as { node: object; invocations: { nodes: object[] } }
  expect(node).toMatchObject({
    circuit: { state: 'CLOSED', failures: 0 },
    // onInstall and onActivate are two of them.
    metrics: { invocations: 9, errors: 6 },
  })
  const name = 'inline/told.mjs#transform'
  expect(invocations.nodes.slice(0, 3)).toMatchObject([
    { name, outcome: 'OK' },
    { name, outcome: 'DENIED', error: expect.stringMatching(/^CircuitOpen/) },
    { name, outcome: 'ERROR', error: 'Error: no' },
  ])
})

test('a package from before packages kept their webhooks brings them nevertheless', async () => {
  const packageId = await publishVersion('9.0.0', ['kept'])
  await it.server.owner.query("update package set webhooks = '[]' where id = $1", [rowId(packageId)])
  const installation = accepted(
    await install(it.stage, packageId, { siteId: it.stage.siteIds[2]! }),
  ).installation!
  accepted(await activate(it.stage, installation.id))
  expect((await webhooksOf(installation.id)).map(({ name }) => name)).toEqual(['kept'])
  const { rows } = await it.server.owner.query('select webhooks from package where id = $1', [
    rowId(packageId),
  ])
  expect(rows).toMatchObject([{ webhooks: [{ path: 'webhooks/kept.yaml', definition: { name: 'kept' } }] }])
})

test('slack-notifier tells its channel of builds, signed; its secrets go to no other host', async () => {
  const { entries } = await packExample('slack-notifier')
  const files = new Map(entries)
  const manifest = Buffer.from(files.get('manifest.json')!).toString('utf8')
  files.set('manifest.json', Buffer.from(manifest.replaceAll('hooks.slack.com', it.receiver.named)))
  const packageId = await publish(packZip(files))
  const configuration = { mentionOnFailure: 'here', title: 'Acme' }
  const installationId = accepted(await install(it.stage, packageId, { configuration })).installation!.id
  const key = drawSigningKey()
  await setSecret(installationId, 'WEBHOOK_URL', `http://${it.receiver.named}/services/T0/B0`)
  await setSecret(installationId, 'WEBHOOK_SIGNING_KEY', key)
  accepted(await activate(it.stage, installationId))
  const [site] = it.stage.siteIds
  const happened = async () => (await it.happen('build.failed', { name: 'api', reason: 'tests' }, site))[0]!
  await it.attempt(await happened())
  const [received] = it.receiver.at('/services/T0/B0')
  const message = new Webhook(key).verify(received!.body, received!.headers as Record<string, string>)
  expect(message).toMatchObject({ text: '<!here> Acme: Build api failed at Site north' })
  expect(received!.headers['x-source']).toBe('patchbay')

  await setSecret(installationId, 'WEBHOOK_URL', `${it.elsewhere.url}/services/T0/B0`)
  await it.attempt(await happened())
  expect(it.elsewhere.at()).toEqual([])
  const [webhook] = await webhooksOf(installationId)
  const { deliveries } = await readWebhook(it.stage, webhook!.id)
  expect(deliveries[0]!.attempts[0]!.error).toBe(
    `The secret WEBHOOK_URL may only go to ${it.receiver.named}.`,
  )
})
