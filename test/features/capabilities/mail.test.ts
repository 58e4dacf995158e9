import net, { type AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { JsonObject } from '../../../src/lib/json.ts'
import { hours } from '../../../src/lib/units.ts'
import { sendMail } from '../../../src/platform/mailer.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { eventually } from '../../support/http.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { openStage, type TestStage } from '../../support/stage.ts'
import { openAsked, type Asked } from './support/plugin.ts'
import { startMailServer, type TestMailServer } from './support/smtp.ts'

const ASK = `async (ctx, messages) => {
  const told = []
  for (const message of messages) {
    try { told.push(await ctx.mail.send(message)) }
    catch (error) { told.push({ code: error.code, message: error.message }) }
  }
  return told
}`
const clock = new FakeClock()
let mailServer: TestMailServer
let server: TestServer
let stage: TestStage
let plugin: Asked
beforeAll(async () => {
  mailServer = await startMailServer({ user: 'plugins', pass: 'hunter2-of-the-mail' })
  server = await startTestServer({
    worker: false,
    clock,
    env: { SMTP_URL: mailServer.url, MAIL_FROM: 'Plugins <plugins@example.com>', PLUGIN_MAIL_PER_HOUR: '60' },
  })
  stage = await openStage(server)
  plugin = await openAsked(server, stage, { id: 'writer', permissions: ['mail:send'] }, ASK)
})
afterAll(async () => {
  await stage.close()
  await server.close()
  await mailServer.close()
})

const sent = async (...messages: JsonObject[]): Promise<JsonObject[]> =>
  (await plugin.value(messages)) as JsonObject[]
const hello = { to: 'ada@example.com', subject: 'Hello', text: 'Hello Ada' }

test("a message arrives with text and HTML, in the operator's name, and says which plugin wrote it", async () => {
  const [answer] = await sent({
    to: ['ada@example.com', 'nobody@example.com'],
    replyTo: 'support@example.com',
    subject: 'Grüße',
    text: 'Hello Ada',
    html: '<b>Hello Ada</b>',
  })
  expect(answer).toEqual({
    messageId: expect.stringContaining('@example.com>'),
    refused: ['nobody@example.com'],
  })
  const [message] = mailServer.received.splice(0)
  expect(message).toMatchObject({ from: 'plugins@example.com', to: ['ada@example.com'] })
  for (const part of [
    /^From: Plugins <plugins@example\.com>\r$/m,
    /^Reply-To: support@example\.com\r$/m,
    /^X-Patchbay-Plugin: writer\r$/m,
    /^Auto-Submitted: auto-generated\r$/m,
    /^Subject: =\?UTF-8\?/m,
    /^Content-Type: text\/html; charset=utf-8\r$/m,
    /Hello Ada/,
  ])
    expect(message!.source).toMatch(part)
})

test('nothing in a message becomes a header, a file or a recipient that was not given', async () => {
  const bad: JsonObject[] = [
    { ...hello, subject: 'Hi\r\nBcc: eve@example.com' },
    { ...hello, subject: 'Hi\u0000' },
    { ...hello, to: 'ada@example.com\r\nBcc: eve@example.com' },
    { ...hello, to: 'ada@example.com, eve@example.com' },
    { ...hello, to: 'Ada <ada@example.com>' },
    { ...hello, replyTo: 'a@example.com\nX-Evil: 1' },
    { ...hello, from: 'ceo@example.com' },
    { ...hello, bcc: 'eve@example.com' },
    { ...hello, attachments: [{ path: '/etc/passwd' }] },
    { ...hello, text: { path: '/etc/passwd' } },
    { ...hello, html: { href: 'http://127.0.0.1/' } },
    { to: 'ada@example.com', subject: 'Nothing in it' },
    { ...hello, to: Array.from({ length: 51 }, (_, index) => `a${index}@example.com`) },
    { ...hello, to: [] },
  ]
  const answers = await sent(...bad)
  expect(answers.map(({ code }) => code)).toEqual(bad.map(() => 'BAD_INPUT'))
  expect(mailServer.received).toEqual([])
})

test('what the server refuses is told in general words, and nothing stays open', async () => {
  const answers = await sent({ ...hello, to: 'nobody@example.com' }, { ...hello, to: 'broken@example.com' })
  expect(answers.map(({ code }) => code)).toEqual(['RECIPIENTS_REFUSED', 'RECIPIENTS_REFUSED'])
  expect(JSON.stringify(answers)).not.toMatch(/mx7|550|127\.0\.0\.1/)
  expect(server.logLines.join('\n')).toContain('mx7.internal')
  expect(server.logLines.join('\n')).not.toContain('hunter2')
  await eventually('the connections end', () => mailServer.open() === 0)
})

test('an installation writes to so many recipients an hour, and no more', async () => {
  clock.advance(hours(1))
  const many = { ...hello, to: Array.from({ length: 50 }, (_, index) => `a${index}@example.com`) }
  const ten = { ...hello, to: many.to.slice(0, 10) }
  const answers = await sent(many, { ...many }, ten, hello)
  expect(answers.map(({ code }) => code ?? 'sent')).toEqual(['sent', 'RATE_LIMITED', 'sent', 'RATE_LIMITED'])
  clock.advance(hours(1))
  expect((await sent(hello))[0]).toMatchObject({ refused: [] })
})

test('a wrong password, no server and a server that says nothing end as errors, and leave no connection', async () => {
  const mail = { ...hello, to: ['ada@example.com'], headers: {} }
  const trying = (url: string, signal = new AbortController().signal) =>
    sendMail({ url, from: 'plugins@example.com' }, mail, signal)
  await expect(trying(mailServer.url.replace('hunter2', 'wrong'))).rejects.toMatchObject({ reason: 'OTHER' })
  await expect(trying('smtp://127.0.0.1:2')).rejects.toMatchObject({ reason: 'OTHER' })

  const silent = net.createServer()
  const sockets: net.Socket[] = []
  const stopping = new AbortController()
  silent.on('connection', (socket) => {
    sockets.push(socket)
    stopping.abort(new Error('the invocation is over'))
  })
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise<void>((resolve) => silent.close(() => resolve())))
  const { port } = silent.address() as AddressInfo
  await expect(trying(`smtp://127.0.0.1:${port}`, stopping.signal)).rejects.toThrow('the invocation is over')
  await eventually('the connection ends', () =>
    sockets.every((socket) => socket.destroyed || socket.readyState !== 'open'),
  )
  for (const socket of sockets) socket.destroy()
})

test('where none is configured, the plugin is told so', async () => {
  const { app } = server
  const bare = { ...server, app: { ...app, config: { ...app.config, mail: null } } }
  const asked = await openAsked(bare, stage, { id: 'other-writer', permissions: ['mail:send'] }, ASK)
  expect(await asked.value([hello])).toMatchObject([
    { code: 'NOT_CONFIGURED', message: expect.stringContaining('SMTP_URL') },
  ])
})
