import { randomBytes } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { retryAfterMs } from '../../../src/features/deliveries/retry-after.ts'
import { signDelivery } from '../../../src/features/deliveries/sign-delivery.ts'
import { hours, seconds } from '../../../src/lib/units.ts'

const BODY = '{"text":"ünïcödé 🐙"}'

test('whatever bytes the key has, with its prefix or without, the package of the standard verifies', () => {
  for (let length = 1; length <= 65; length++) {
    const key = randomBytes(length).toString('base64')
    for (const secret of [key, `whsec_${key}`, `  whsec_${key}\n`]) {
      const headers = signDelivery('msg_1', new Date(), BODY, [secret])
      expect(new Webhook(key).verify(BODY, { ...headers })).toEqual(JSON.parse(BODY))
    }
  }
})

test('a key that is no base64 counts as the text that it is', () => {
  const secret = 'correct horse battery staple!'
  const headers = signDelivery('msg_1', new Date(), BODY, [secret])
  expect(new Webhook(secret, { format: 'raw' }).verify(BODY, { ...headers })).toEqual(JSON.parse(BODY))
})

test('id, time and body are signed: another of any of them is refused', () => {
  const key = randomBytes(24).toString('base64')
  const headers = signDelivery('msg_1', new Date(), BODY, [key])
  const verify = (body: string, change: object): unknown =>
    new Webhook(key).verify(body, { ...headers, ...change })
  expect(() => verify(`${BODY} `, {})).toThrow('No matching signature')
  expect(() => verify(BODY, { 'webhook-id': 'msg_2' })).toThrow('No matching signature')
  const earlier = String(Number(headers['webhook-timestamp']) - 1)
  expect(() => verify(BODY, { 'webhook-timestamp': earlier })).toThrow('No matching signature')
})

test('without a key there is an id and a time, and no signature', () => {
  const headers = signDelivery('msg_1', new Date(0), BODY, [])
  expect(headers).toEqual({ 'webhook-id': 'msg_1', 'webhook-timestamp': '0' })
})

const NOW = new Date('2026-01-01T00:00:00.000Z')

test.each([
  [undefined, 0],
  ['0', 0],
  ['120', seconds(120)],
  [['5', '900'], seconds(5)],
  [' 7 ', seconds(7)],
  ['Thu, 01 Jan 2026 00:01:00 GMT', seconds(60)],
  ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
  ['99999999999999999999', 0],
  ['4000000000', hours(24)],
  ['Thu, 01 Jan 2099 00:00:00 GMT', hours(24)],
  ['-1', 0],
  ['1e9', 0],
  ['soon', 0],
  ['', 0],
])('Retry-After %j is %d ms', (header, ms) => {
  expect(retryAfterMs(header, NOW)).toBe(ms)
})
