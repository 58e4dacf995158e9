import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { CapabilityError } from '../../src/runtime/capability-error.ts'
import { openExample } from '../support/example-host.ts'

const KEY = 'correct horse battery staple'
const created = {
  id: 'event-1',
  type: 'auth.user.created',
  payload: { id: 'u-1', email: 'ada@example.com', name: 'Ada', locale: 'en-GB' },
  occurredAt: '2026-10-31T08:00:00.000Z',
}
interface Message {
  subject: string
  text: string
  html: string
  [key: string]: unknown
}

describe('auth.user.created', () => {
  test('a new user gets one message with a link that the README can verify', async () => {
    const host = await openExample('welcome-email', { secrets: { LINK_SIGNING_KEY: KEY } })
    const result = await host.call('EVENT', 'auth.user.created', created)
    expect(result).toMatchObject({ outcome: 'OK', handled: true })
    expect(host.emitted).toHaveLength(1)
    const { type, payload } = host.emitted[0] as { type: string; payload: Message }
    expect(type).toBe('welcome-email.message.ready')
    expect(payload).toMatchObject({
      to: { email: 'ada@example.com', name: 'Ada' },
      from: 'welcome@northwind.example',
      replyTo: 'support@northwind.example',
      language: 'en',
      subject: 'Welcome to Northwind Portal',
      linkExpiresAt: '2026-11-01T08:00:00.000Z',
      idempotencyKey: 'event-1',
      test: false,
      sent: false,
    })
    const link = new URL(/https:\S+/.exec(payload.text)?.[0] ?? '')
    expect(link.origin + link.pathname).toBe('https://portal.northwind.example/confirm')
    const expires = String(Date.parse('2026-11-01T08:00:00.000Z') / 1000)
    const signature = createHmac('sha256', KEY)
      .update(['v1', 'u-1', 'ada@example.com', expires].join('\n'))
      .digest('hex')
    expect(Object.fromEntries(link.searchParams)).toEqual({ user: 'u-1', expires, signature })
  })

  test('it is sent where there is a mail server, and tried again where that fails', async () => {
    const secrets = { LINK_SIGNING_KEY: KEY }
    const host = await openExample('welcome-email', {
      secrets,
      host: { 'mail.send': () => ({ refused: [] }) },
    })
    await host.call('EVENT', 'auth.user.created', created)
    const { text, html } = host.emitted[0]!.payload as Message
    const subject = 'Welcome to Northwind Portal'
    const mail = { to: 'ada@example.com', subject, text, html, replyTo: 'support@northwind.example' }
    expect(host.asked).toEqual([{ operation: 'mail.send', input: mail }])
    expect(host.emitted).toMatchObject([{ payload: { sent: true } }])
    const busy = await openExample('welcome-email', {
      secrets,
      host: {
        'mail.send': () => {
          throw new CapabilityError('UNAVAILABLE', 'It is away.')
        },
      },
    })
    const result = await busy.call('EVENT', 'auth.user.created', created)
    expect([result.error?.code, busy.emitted]).toEqual(['UNAVAILABLE', []])
  })

  test('the same event twice is the same message twice, so that one of them can be left out', async () => {
    const host = await openExample('welcome-email', { secrets: { LINK_SIGNING_KEY: KEY } })
    await host.call('EVENT', 'auth.user.created', created)
    await host.call('EVENT', 'auth.user.created', created)
    expect(host.emitted[1]).toEqual(host.emitted[0])
  })

  test('the message is in the language of the user, and a name cannot bring HTML or lines of its own', async () => {
    const host = await openExample('welcome-email', { secrets: { LINK_SIGNING_KEY: KEY } })
    await host.call('EVENT', 'auth.user.created', {
      ...created,
      payload: { user: { id: 7, email: 'eve@example.com', name: '<b>Eve</b>\nBcc: all', locale: 'de-AT' } },
    })
    const message = host.emitted[0]?.payload as Message
    expect(message.subject).toBe('Willkommen bei Northwind Portal')
    expect(message.text).toContain('Guten Tag <b>Eve</b> Bcc: all,')
    expect(message.html).toContain('Guten Tag &#60;b&#62;Eve&#60;/b&#62; Bcc: all,')
    expect(message.html).not.toContain('<b>')
  })

  test('somebody without a name is greeted without one, in the language of the settings', async () => {
    const host = await openExample('welcome-email', {
      configuration: { language: 'de', subject: 'Hallo bei {{productName}}' },
      secrets: { LINK_SIGNING_KEY: KEY },
    })
    await host.call('EVENT', 'auth.user.created', {
      ...created,
      payload: { id: 'u-2', email: 'x@example.com', locale: 'fr' },
    })
    const message = host.emitted[0]?.payload as Message
    expect(message.subject).toBe('Hallo bei Our application')
    expect(message.text.startsWith('Guten Tag,')).toBe(true)
  })

  test.each([
    {},
    null,
    'ada',
    { id: 'u' },
    { id: 'u', email: 'a b@c.d' },
    { email: 'ada@example.com' },
    { id: 'u', email: 'a@b' },
  ])('a payload without a usable recipient fails and sends nothing: %j', async (payload) => {
    const host = await openExample('welcome-email', { secrets: { LINK_SIGNING_KEY: KEY } })
    const result = await host.call('EVENT', 'auth.user.created', { ...created, payload })
    expect(result).toMatchObject({ outcome: 'ERROR', error: { name: 'PluginError', code: 'NO_RECIPIENT' } })
    expect(host.emitted).toEqual([])
  })

  test.each([
    [{}, 'SECRET_MISSING'],
    [{ LINK_SIGNING_KEY: '' }, 'SECRET_MISSING'],
    [{ LINK_SIGNING_KEY: 'short' }, 'SECRET_TOO_SHORT'],
  ])('without a usable key nothing is sent: %j', async (secrets, code) => {
    const host = await openExample('welcome-email', { secrets })
    const result = await host.call('EVENT', 'auth.user.created', created)
    expect(result).toMatchObject({ outcome: 'ERROR', error: { code } })
    expect(host.emitted).toEqual([])
    const health = await host.call('HEALTH', 'health')
    expect(health.value).toMatchObject({ status: 'unhealthy' })
  })

  test('without the permission to emit it ends DENIED', async () => {
    const host = await openExample('welcome-email', {
      secrets: { LINK_SIGNING_KEY: KEY },
      without: ['events:emit'],
    })
    const result = await host.call('EVENT', 'auth.user.created', created)
    expect(result).toMatchObject({ outcome: 'DENIED', deniedCalls: 1 })
  })

  test('no personal data, link or key is in the log', async () => {
    const host = await openExample('welcome-email', { secrets: { LINK_SIGNING_KEY: KEY } })
    const { logs } = await host.call('EVENT', 'auth.user.created', created)
    const text = logs.map(({ message }) => message).join('\n')
    expect(text).toContain('event-1')
    expect(text).not.toMatch(/ada|u-1|https:|signature|correct horse/i)
  })
})

describe('routes', () => {
  test('GET /ping answers as the README says', async () => {
    const host = await openExample('welcome-email')
    const { value } = await host.request('GET /ping')
    expect(value).toEqual({ status: 200, body: { ok: true, plugin: 'welcome-email', version: '1.0.0' } })
  })

  test('POST /send-test makes the message for whoever asks, marked as a test', async () => {
    const host = await openExample('welcome-email', { secrets: { LINK_SIGNING_KEY: KEY } })
    const { value } = await host.request('POST /send-test', {
      body: { to: 'me@example.com', language: 'de' },
    })
    expect(value).toEqual({
      status: 202,
      body: { accepted: true, subject: 'Willkommen bei Northwind Portal', language: 'de' },
    })
    expect(host.emitted).toMatchObject([
      { type: 'welcome-email.message.ready', payload: { to: { email: 'me@example.com' }, test: true } },
    ])
  })

  test.each([
    null,
    {},
    [],
    'no json',
    '{"to": 3}',
    { to: 'nobody' },
    { to: 'a@b.c\nBcc: x@y.z' },
    { to: `${'a'.repeat(250)}@b.cd` },
  ])('POST /send-test refuses what names no address: %j', async (body) => {
    const host = await openExample('welcome-email', { secrets: { LINK_SIGNING_KEY: KEY } })
    const { outcome, value } = await host.request('POST /send-test', { body })
    expect({ outcome, value }).toMatchObject({
      outcome: 'OK',
      value: { status: 400, body: { error: { code: 'INVALID_RECIPIENT' } } },
    })
    expect(host.emitted).toEqual([])
  })
})

test('daily_cleanup tells from when on links have expired', async () => {
  const host = await openExample('welcome-email')
  const { value } = await host.call('JOB', 'daily_cleanup', { now: '2026-11-01T03:30:00.000Z' })
  expect(value).toEqual({ expiredBefore: '2026-10-31T03:30:00.000Z' })
  expect(host.emitted).toEqual([{ type: 'welcome-email.links.expired', payload: value }])
})

test('daily_cleanup counts from now where its schedule runs it', async () => {
  const host = await openExample('welcome-email')
  const before = Date.now()
  const { value } = await host.call('JOB', 'daily_cleanup', null)
  const expired = Date.parse((value as { expiredBefore: string }).expiredBefore) + 24 * 3_600_000
  expect(expired).toBeGreaterThanOrEqual(before)
  expect(expired).toBeLessThanOrEqual(Date.now())
})

test('it is healthy once its key is set', async () => {
  const host = await openExample('welcome-email', { secrets: { LINK_SIGNING_KEY: KEY } })
  const { value } = await host.call('HEALTH', 'health')
  expect(value).toEqual({ status: 'healthy', message: 'links can be signed' })
})
