import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  AuditPageDocument,
  OrganizationMetricsDocument,
  RedeliverDocument,
  SetWebhookEnabledDocument,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { encodeGlobalId } from '../../../src/graphql/global-id.ts'
import { writeMinutes } from '../../../src/features/invocations/write-minutes.ts'
import { days, hours, minutes, seconds } from '../../../src/lib/units.ts'
import { codesOf, rowId } from '../../support/stage.ts'
import { openByHand, type ByHand } from './support/by-hand.ts'
import type { Answering } from './support/receiver.ts'
import { apply, inline, readWebhook, yamlOf } from './support/webhooks.ts'

let it: ByHand
beforeAll(async () => {
  it = await openByHand({ PLUGIN_TIMEOUT_SECONDS: '1', PLUGIN_CIRCUIT_FAILURES: '2' })
})
afterAll(() => it.close())

/** A webhook for events of its own to a path of its own. */
const webhookTo = async (name: string, rest = ''): Promise<string> =>
  await apply(it.stage, yamlOf(name, `${it.receiver.url}/${name}`, { on: `${name}.*`, rest }))

const status =
  (code: number, headers: Record<string, string> = {}): Answering =>
  (response) =>
    void response.writeHead(code, headers).end()

/** Seconds from now. */
const inSeconds = (time: string | null): number => (Date.parse(time ?? '') - it.clock.now().getTime()) / 1000

test('what fails is tried again with growing pauses, the same each time, and given up after the last attempt', async () => {
  const webhookId = await webhookTo(
    'fails',
    'retry: { max_attempts: 4, initial_seconds: 10, max_seconds: 25 }',
  )
  it.receiver.answer('/fails', status(500))
  const [id] = await it.happen('fails.now', { n: 1 })
  for (const [low, high] of [
    [5, 10],
    [10, 20],
    [12.5, 25],
  ] as const) {
    const again = await it.attempt(id!)
    const { status: state, nextAttemptAt } = await it.latest(webhookId)
    expect(state).toBe('FAILED')
    expect(inSeconds(nextAttemptAt)).toBeGreaterThanOrEqual(low)
    expect(inSeconds(nextAttemptAt)).toBeLessThanOrEqual(high)
    // Too early it is not tried.
    expect(await it.attempt(id!)).toEqual(again)
    it.clock.advance(again!.inMs)
  }
  expect(await it.attempt(id!)).toBeNull()
  const dead = await it.latest(webhookId)
  expect(dead).toMatchObject({
    status: 'DEAD',
    nextAttemptAt: null,
    webhook: { successRate: 0, enabled: true },
  })
  expect(dead.attempts).toHaveLength(4)
  expect(dead.attempts[0]).toMatchObject({ statusCode: 500, error: 'The receiver answered 500.' })
  expect(await it.attempt(id!)).toBeNull()
  const sent = it.receiver.at('/fails')
  expect(sent).toHaveLength(4)
  expect(new Set(sent.map(({ headers, body }) => `${String(headers['webhook-id'])} ${body}`)).size).toBe(1)
  expect(new Set(sent.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(4)
})

test('a receiver that says when to come again is left alone so long, but not longer than a day', async () => {
  const webhookId = await webhookTo('busy')
  const asks = ['120', new Date(it.clock.now().getTime() + seconds(600)).toUTCString(), '9999999999', 'soon']
  it.receiver.answer('/busy', (response, _, count) => {
    response.writeHead(429, { 'retry-after': asks[count - 1]! }).end()
  })
  const [id] = await it.happen('busy.now')
  const pauses: number[] = []
  for (const _ of asks) {
    const { inMs } = (await it.attempt(id!))!
    pauses.push(inMs)
    it.clock.advance(inMs)
  }
  expect(pauses[0]).toBe(seconds(120))
  expect(pauses[1]).toBeGreaterThan(seconds(470))
  expect(pauses[1]).toBeLessThanOrEqual(seconds(600))
  expect(pauses[2]).toBe(hours(24))
  expect(pauses[3]).toBeLessThanOrEqual(seconds(40))
  expect((await it.latest(webhookId)).attempts).toHaveLength(4)
})

test('a redirect is not followed, and is no delivery', async () => {
  const webhookId = await webhookTo('moved')
  it.receiver.answer('/moved', status(301, { location: `${it.receiver.url}/elsewhere` }))
  const [id] = await it.happen('moved.on')
  await it.attempt(id!)
  expect((await it.latest(webhookId)).attempts).toMatchObject([
    { statusCode: 301, error: 'The receiver answered 301. Redirects are not followed.' },
  ])
  expect(it.receiver.at('/elsewhere')).toEqual([])
})

test('410 switches the webhook off, which is told and audited; what waits for it is not sent any more', async () => {
  const webhookId = await webhookTo('gone')
  it.receiver.answer('/gone', status(410))
  const [first] = await it.happen('gone.away')
  const [second] = await it.happen('gone.further')
  expect(await it.attempt(first!)).toBeNull()
  expect(await it.attempt(second!)).toBeNull()
  const { status: state, attempts, webhook } = await it.latest(webhookId)
  expect(state).toBe('DEAD')
  expect(attempts).toMatchObject([{ statusCode: null, error: 'The webhook is switched off.' }])
  expect(webhook).toMatchObject({ enabled: false, disabledReason: expect.stringContaining('410') as string })
  expect(it.receiver.at('/gone')).toHaveLength(1)
  expect(await it.happen('gone.again')).toEqual([])
  const filter = { action: 'webhook.disabled' }
  const { auditLog } = await it.stage.admin.request(AuditPageDocument, { filter, last: 5 })
  expect(auditLog.nodes).toMatchObject([
    { action: 'webhook.disabled', actor: null, details: { name: 'gone', after: { enabled: false } } },
  ])

  const redeliver = async (deliveryId: string) => {
    const input = { deliveryId: encodeGlobalId('WebhookDelivery', deliveryId) }
    return (await it.stage.operator.request(RedeliverDocument, { input })).redeliver
  }
  expect(codesOf(await redeliver(first!))).toEqual(['INVALID_STATE'])
  const input = { webhookId, enabled: true }
  const { setWebhookEnabled } = await it.stage.operator.request(SetWebhookEnabledDocument, { input })
  expect(accepted(setWebhookEnabled).webhook).toMatchObject({ enabled: true, disabledReason: null })
  const [waiting] = await it.happen('gone.back')
  expect(codesOf(await redeliver(waiting!))).toEqual(['INVALID_STATE'])
  expect(codesOf(await redeliver(first!))).toEqual([])
})

test('five days of nothing but failures switch it off; one success begins them anew', async () => {
  const webhookId = await webhookTo('silent', 'retry: { max_attempts: 1 }')
  let code = 503
  it.receiver.answer('/silent', (response) => void response.writeHead(code).end())
  const fail = async (): Promise<boolean> => {
    const [id] = await it.happen('silent.day')
    await it.attempt(id!)
    return (await it.latest(webhookId)).webhook.enabled
  }
  expect(await fail()).toBe(true)
  it.clock.advance(days(4))
  expect(await fail()).toBe(true)
  code = 200
  expect(await fail()).toBe(true)
  expect((await it.latest(webhookId)).webhook).toMatchObject({ failingSince: null, successRate: 1 / 3 })
  code = 503
  expect(await fail()).toBe(true)
  it.clock.advance(days(5) - 1)
  expect(await fail()).toBe(true)
  it.clock.advance(1)
  expect(await fail()).toBe(false)
  expect((await it.latest(webhookId)).webhook.disabledReason).toBe('Nothing got there for five days.')
})

test('an answer is its status: 1 GB behind it is not read, nor is a body that drips waited for', async () => {
  const webhookId = await webhookTo('floods')
  let written = 0
  const megabyte = Buffer.alloc(2 ** 20)
  it.receiver.answer('/floods', (response) => {
    response.writeHead(200, { 'content-length': String(2 ** 30) })
    const more = (): void => {
      while (!response.destroyed && written < 2 ** 30) {
        written += megabyte.length
        if (!response.write(megabyte)) return void response.once('drain', more)
      }
    }
    more()
  })
  await it.attempt((await it.happen('floods.in'))[0]!)
  expect(await it.latest(webhookId)).toMatchObject({ status: 'DELIVERED', attempts: [{ statusCode: 200 }] })
  expect(written).toBeLessThan(64 * 2 ** 20)

  const dripping = await webhookTo('drips')
  it.receiver.answer('/drips', (response) => {
    response.writeHead(202)
    const drip = setInterval(() => response.write('.'), 100)
    response.on('close', () => clearInterval(drip))
  })
  await it.attempt((await it.happen('drips.on'))[0]!)
  expect(await it.latest(dripping)).toMatchObject({ status: 'DELIVERED', attempts: [{ statusCode: 202 }] })
})

test('a receiver that does not answer in the time of the YAML has failed', async () => {
  const source = yamlOf('mute', `${it.receiver.url}/mute`, { on: 'mute.*', delivery: '  timeout_seconds: 1' })
  const webhookId = await apply(it.stage, source)
  it.receiver.answer('/mute', () => undefined)
  await it.attempt((await it.happen('mute.now'))[0]!)
  expect((await it.latest(webhookId)).attempts).toMatchObject([
    { statusCode: null, error: 'There was no complete answer in 1 s.' },
  ])
})

/** Loops for events that say so. */
const LOOPING = inline('export function transform(ctx, event) { while (event.payload.loop); return 1 }')
const metrics = async () => {
  await writeMinutes(it.server.app)
  const { organization } = await it.stage.operator.request(OrganizationMetricsDocument, { slug: 'acme' })
  return organization!.metrics
}

test('a transform that takes its whole time is left alone after a few in a row, tried again later, and counted; its deliveries say so and wait', async () => {
  const before = await metrics()
  const webhookId = await webhookTo('looping', LOOPING)
  const loop = () => it.happen('looping.now', { loop: true })
  await Promise.all([await loop(), await loop()].map(([id]) => it.attempt(id!)))
  // One takes the other along, of which no attempt is counted.
  it.clock.advance(seconds(5))
  for (const { id, attempts } of (await readWebhook(it.stage, webhookId)).deliveries)
    if (attempts.length === 0) await it.attempt(rowId(id))
  const [third] = await it.happen('looping.now', { loop: false })
  expect((await it.attempt(third!))!.inMs).toBeGreaterThanOrEqual(59_000)

  const [waiting, ...ended] = (await readWebhook(it.stage, webhookId)).deliveries
  const attempts = ended.flatMap((delivery) => delivery.attempts)
  const late = 'The transform failed: TIMEOUT: The code did not finish within its time limit of 1 s.'
  expect(attempts).toHaveLength(2)
  expect(attempts.every(({ error, durationMs }) => error!.startsWith(late) && durationMs >= 900)).toBe(true)
  expect(attempts.filter(({ error }) => / is left alone until 20/.test(error!))).toHaveLength(1)
  expect(waiting).toMatchObject({ status: 'PENDING', attempts: [] })
  expect(Date.parse(waiting!.nextAttemptAt!)).toBeGreaterThan(it.clock.now().getTime() + 59_000)

  it.clock.advance(minutes(2))
  expect(await it.attempt(third!)).toBeNull()
  expect((await it.latest(webhookId)).status).toBe('DELIVERED')
  expect((await metrics()).timeouts - before.timeouts).toBe(2)
})

test('a transform begins anew where its text is changed, and for each webhook; one that only throws is never left alone', async () => {
  const webhookId = await webhookTo('mended', LOOPING)
  const send = async (loop: boolean) => {
    await it.attempt((await it.happen('mended.now', { loop }))[0]!)
    return await it.latest(webhookId)
  }
  await send(true)
  await send(true)
  expect((await send(false)).status).toBe('PENDING')
  await webhookTo('mended', inline("export const transform = (ctx, event) => {\n  throw new Error('no')\n}"))
  for (let n = 0; n < 3; n++)
    expect((await send(false)).attempts[0]!.error).toMatch(
      /^The transform failed: Error: no \(at inline\/mended\.mjs:2:9\)$/,
    )
})
