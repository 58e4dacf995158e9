import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ApplyWebhookDocument, UpdateSiteDocument } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { hours } from '../../../src/lib/units.ts'
import { codesOf } from '../../support/stage.ts'
import { openByHand, type ByHand } from './support/by-hand.ts'
import {
  apply,
  drawSigningKey,
  inline,
  readWebhook,
  setOwnSecret,
  signedBy,
  yamlOf,
} from './support/webhooks.ts'

let it: ByHand
beforeAll(async () => {
  it = await openByHand({ PLUGIN_TIMEOUT_SECONDS: '1' })
})
afterAll(() => it.close())

const webhookTo = async (name: string, rest = ''): Promise<string> =>
  await apply(it.stage, yamlOf(name, `${it.receiver.url}/${name}`, { on: `${name}.*`, rest }))

/** The error of the one attempt that an event led to. */
async function errorOf(webhookId: string, type: string): Promise<string | null> {
  await it.attempt((await it.happen(type))[0]!)
  return (await it.latest(webhookId)).attempts.at(-1)?.error ?? null
}

describe('secrets', () => {
  test('one that is not set fails the attempt, and is named', async () => {
    const source = yamlOf('unset', '${SECRET:NO_URL}', { on: 'unset.*' })
    const error = await errorOf(await apply(it.stage, source), 'unset.now')
    expect(error).toBe('The secret NO_URL is not set: set it with setSecret.')
  })

  test('what they say stands in no error, nor in the graph or the log', async () => {
    await setOwnSecret(it.stage, 'HIDDEN_URL', 'https://hidden-host.invalid/hidden-path?hidden=1')
    await setOwnSecret(it.stage, 'HIDDEN_HEADER', 'hidden\nheader')
    const hidden = await apply(it.stage, yamlOf('hidden', '${SECRET:HIDDEN_URL}', { on: 'hidden.*' }))
    const delivery = '  headers: { X-Token: "${SECRET:HIDDEN_HEADER}" }'
    const header = await apply(
      it.stage,
      yamlOf('header', `${it.receiver.url}/header`, { on: 'header.*', delivery }),
    )
    expect(await errorOf(hidden, 'hidden.now')).toMatch(/looked up|public internet/)
    expect(await errorOf(header, 'header.now')).toContain('"x-token"')
    for (const id of [hidden, header])
      expect(JSON.stringify(await readWebhook(it.stage, id))).not.toMatch(
        /hidden-host|hidden-path|hidden\\nheader/,
      )
    expect(it.server.logLines.join('')).not.toMatch(/hidden-host|hidden-path/)
  })

  test('while one is changed both values sign, for a day', async () => {
    const [before, after] = [drawSigningKey(), drawSigningKey()]
    await setOwnSecret(it.stage, 'TURNED', before)
    const delivery = signedBy('TURNED')
    await apply(it.stage, yamlOf('turned', `${it.receiver.url}/turned`, { on: 'turned.*', delivery }))
    await setOwnSecret(it.stage, 'TURNED', after)
    await it.attempt((await it.happen('turned.now', { n: 1 }))[0]!)
    const { body, headers } = it.receiver.at('/turned')[0]!
    const verify = (key: string): unknown => new Webhook(key).verify(body, headers as Record<string, string>)
    expect(headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/)
    for (const key of [before, after]) expect(verify(key)).toMatchObject({ data: { n: 1 } })
    expect(() => verify(drawSigningKey())).toThrow('No matching signature')
    it.clock.advance(hours(24))
    await it.attempt((await it.happen('turned.later'))[0]!)
    expect(it.receiver.at('/turned')[1]!.headers['webhook-signature']).toMatch(/^v1,\S+$/)
  })

  test('they lead to no private address', async () => {
    const webhookId = await apply(it.stage, yamlOf('inward', '${SECRET:INWARD}', { on: 'inward.*' }))
    for (const url of [
      'https://169.254.169.254/latest',
      'https://[::ffff:10.0.0.1]/',
      'https://2130706433:9/',
    ]) {
      await setOwnSecret(it.stage, 'INWARD', url)
      expect(await errorOf(webhookId, 'inward.now')).toMatch(/public internet|port/)
    }
    await setOwnSecret(it.stage, 'INWARD', 'file:///etc/passwd')
    expect(await errorOf(webhookId, 'inward.now')).toBe('The address is neither http nor https.')
    await setOwnSecret(it.stage, 'INWARD', 'http://example.com/in?key=1')
    expect(await errorOf(webhookId, 'inward.now')).toMatch(
      /^The address begins with http:\/\/: .* Make it https/,
    )
  })
})

describe('transforms', () => {
  test('an object goes as JSON, a text as it is, and nothing where nothing is returned', async () => {
    const code = `export function transform(ctx, event) {
  if (event.payload.as === 'nothing') return
  return event.payload.as === 'text' ? 'plain' : { type: event.type, org: ctx.organization.slug, at: event.site?.slug }
}`
    const webhookId = await webhookTo('shaped', inline(code))
    const ends: string[] = []
    for (const as of ['object', 'text', 'nothing']) {
      await it.attempt((await it.happen('shaped.as', { as }, it.stage.siteIds[0]))[0]!)
      ends.push((await it.latest(webhookId)).status)
    }
    expect(ends).toEqual(['DELIVERED', 'DELIVERED', 'DELIVERED'])
    expect(it.receiver.at('/shaped').map(({ body }) => body)).toEqual([
      '{"type":"shaped.as","org":"acme","at":"north"}',
      'plain',
    ])
  })

  test('one that fails, loops or asks the host for anything fails the attempt, and nothing is sent', async () => {
    const failing = {
      throws: "throw new Error('no such field')",
      loops: 'for (;;) {}',
      asks: "return ctx.secrets.get('X')",
    }
    for (const [name, body] of Object.entries(failing)) {
      const webhookId = await webhookTo(
        name,
        inline(`export async function transform(ctx, event) { ${body} }`),
      )
      expect(await errorOf(webhookId, `${name}.now`)).toMatch(/^The transform failed: /)
      expect(it.receiver.at(`/${name}`)).toEqual([])
    }
  })
})

test('`when` is of the site where it happened', async () => {
  const [north, south] = it.stage.siteIds
  const input = { siteId: north!, labels: { ring: 'first', tier: '1' } }
  accepted((await it.stage.admin.request(UpdateSiteDocument, { input })).updateSite)
  await webhookTo('labelled', 'when: { site: { labels: { ring: first } } }')
  expect(await it.happen('labelled.x', {}, north)).toHaveLength(1)
  expect(await it.happen('labelled.x', {}, south)).toEqual([])
  expect(await it.happen('labelled.x')).toEqual([])
})

describe('applyWebhook', () => {
  const give = async (source: string, name = 'given') => {
    const input = { organizationId: it.stage.organizationId, name, source }
    return (await it.stage.operator.request(ApplyWebhookDocument, { input })).applyWebhook
  }
  const good = yamlOf('given', 'https://example.com/hook', { delivery: signedBy('KEY') })

  test.each([
    ['U+0000', '# \0', /^It holds U\+0000/],
    ['no YAML', 'on: [a', /^Line 1, column \d+: It is not YAML/],
    ['a wrong type', good.replace('[build.*]', '[build..x]'), /^Line 3, column 6: "on\.0" is wrong/],
    ['events of webhooks', good.replace('build.*', 'webhook.*'), /^Line 3, column 6: .*none of them is told/],
    ['an unknown key', `${good}retries: 3\n`, /^Line 7, column 1: .*retries/],
    [
      'another name',
      good.replace('name: given', 'name: other'),
      /^Line 2, column 1: .*"other" here and "given"/,
    ],
    [
      'no placeholder',
      good.replace('/hook', '/${TOKEN}'),
      /^Line 5, column 3: "\$\{TOKEN\}" is no placeholder/,
    ],
    [
      'a private host',
      good.replace('example.com', '10.0.0.1'),
      /^Line 5, column 3: "10\.0\.0\.1" is no public/,
    ],
    [
      'plain http',
      good.replace('https:', 'http:'),
      /^Line 5, column 3: Over http deliveries could be read .* Write "https:/,
    ],
    [
      'a file of an archive',
      `${good}transform: { language: javascript, entry: a.js }\n`,
      /^Line 7, .*Only a plugin has files/,
    ],
    ['Python', `${good}transform: { language: python, inline: x }\n`, /^Line 7, .*Python is not run here/],
    [
      'no export',
      `${good}transform: { language: javascript, inline: "let a" }\n`,
      /^Line 7, .*exports no "transform"/,
    ],
    [
      'a mistake in a module, at its own line',
      `${good}transform:\n  language: javascript\n  inline: |\n    export function transform() {\n      return 1 +\n    }\n`,
      /^Line 12, column 1: It is no ES module/,
    ],
    [
      'a module that needs another',
      `${good}transform:\n  language: javascript\n  inline: |\n    import fs from 'node:fs'\n`,
      /^Line 10, column 1: "node:fs" cannot be imported/,
    ],
    [
      'a header of the delivery itself',
      good.replace('delivery:', 'delivery:\n  headers: { Webhook-Id: x }'),
      /^Line 5, column 14: .*is set by the delivery itself/,
    ],
  ])('%s is WEBHOOK_INVALID, with its line and column', async (_what, source, message) => {
    const { webhook, userErrors } = await give(source)
    expect(webhook).toBeNull()
    expect(userErrors[0]).toMatchObject({
      code: 'WEBHOOK_INVALID',
      field: ['source'],
      message: expect.stringMatching(message) as string,
    })
  })

  test('makes or replaces by name; the same text again changes nothing', async () => {
    const { prisma } = it.server.app.database
    const source = good.replaceAll('given', 'kept')
    const first = accepted(await give(source, 'kept')).webhook!
    expect(accepted(await give(source, 'kept')).webhook).toEqual(first)
    expect(
      await prisma.event.count({
        where: { type: 'webhook.applied', payload: { equals: { name: 'kept' } } },
      }),
    ).toBe(1)
    const next = accepted(await give(source.replace('build.*', 'ship.*'), 'kept')).webhook!
    expect(next).toMatchObject({ id: first.id, events: ['ship.*'] })
    expect(codesOf(await give(source, 'kept'))).toEqual([])
  })
})
