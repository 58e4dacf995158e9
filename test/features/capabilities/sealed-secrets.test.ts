import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SetSecretDocument } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import type { JsonObject } from '../../../src/lib/json.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { openStage, type TestStage } from '../../support/stage.ts'
import { openAsked, type Asked } from './support/plugin.ts'

const VALUE = 'hunter2/"sealed"+value'
const SHOWN = /hunter2/
let there: http.Server
let elsewhere: http.Server
let received: { url: string; headers: http.IncomingHttpHeaders; body: string }[] = []
let server: TestServer
let stage: TestStage
let plugin: Asked
const portOf = (of: http.Server): number => (of.address() as AddressInfo).port
const urlOf = (of: http.Server, path: string): string => `http://localhost:${portOf(of)}${path}`

/** Repeats what it was sent, in its headers and body, or sends on to where its path says. */
async function echoing(): Promise<http.Server> {
  const made = http.createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')))
    request.on('end', () => {
      const { url = '', headers } = request
      received.push({ url, headers, body })
      if (url.startsWith('/to?')) response.writeHead(302, { location: url.slice(4) })
      else response.setHeader('x-echo', headers['x-token'] ?? '')
      response.end(JSON.stringify({ url, headers, body }))
    })
  })
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve))
  return made
}

beforeAll(async () => {
  there = await echoing()
  elsewhere = await echoing()
  const [own, foreign] = [portOf(there), portOf(elsewhere)]
  const env = { PATCHBAY_EGRESS_ALLOW: `localhost:${own},localhost:${foreign}` }
  server = await startTestServer({ worker: false, env })
  stage = await openStage(server)
  const set = async (installationId: string, key: string, value: string) =>
    accepted(
      (await stage.operator.request(SetSecretDocument, { input: { installationId, key, value } })).setSecret,
    )
  plugin = await openAsked(
    server,
    stage,
    {
      id: 'sealer',
      permissions: ['http:outbound', 'secrets:read'],
      network: { allow: [`localhost:${own}`, `localhost:${foreign}`, 'api.example.com:80'] },
      secrets: [
        { key: 'TOKEN', required: true, hosts: [`localhost:${own}`, 'api.example.com:80'] },
        { key: 'HOOK_URL', required: true, hosts: [`localhost:${own}`] },
        { key: 'UNSET', required: false, hosts: [`localhost:${own}`] },
      ],
    },
    `async (ctx, { calls, before }) => {
      const token = await ctx.secrets.get('TOKEN')
      const hook = await ctx.secrets.get('HOOK_URL')
      const fill = (text) => text?.replaceAll('<token>', token).replaceAll('<hook>', hook)
        .replaceAll('<basic>', btoa('me:' + token)).replaceAll('<before>', before)
      const told = []
      for (const { url, headers = {}, body, method } of calls) {
        try {
          const answer = await ctx.http.fetch(fill(url), { method, body: fill(body),
            headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, fill(value)])) })
          told.push({ url: answer.url, headers: answer.headers, body: answer.body })
        } catch (error) { told.push({ code: error.code, message: error.message }) }
      }
      console.log(token, JSON.stringify(told))
      return { token, again: await ctx.secrets.get('TOKEN'), unset: await ctx.secrets.get('UNSET'), told }
    }`,
    async (installationId) => {
      await set(installationId, 'TOKEN', VALUE)
      await set(installationId, 'HOOK_URL', urlOf(there, '/services/T0/hunter2-in-the-path'))
    },
  )
})
afterAll(async () => {
  await stage.close()
  await server.close()
  for (const each of [there, elsewhere]) {
    each.closeAllConnections()
    await new Promise((resolve) => each.close(resolve))
  }
})

interface Told {
  token: string
  again: string
  unset: null
  told: JsonObject[]
}
const run = async (calls: JsonObject[], before = ''): Promise<Told> => {
  received = []
  return (await plugin.value({ calls, before })) as unknown as Told
}

test('the code gets a placeholder, which is one for an invocation and another in the next', async () => {
  const first = await run([])
  const second = await run([])
  expect(first.token).toMatch(/^sealed\.TOKEN\.[\w-]{22}$/)
  expect(first.again).toBe(first.token)
  expect(second.token).not.toBe(first.token)
  expect(first.unset).toBeNull()
})

test('headers, credentials, path, query, bodies and whole URLs get the value, each so that it stays a value', async () => {
  const url = urlOf(there, '/')
  const { told } = await run([
    { url, headers: { 'X-Token': 'Token <token>', Authorization: 'Basic <basic>' } },
    { url: urlOf(there, '/bot<token>/send?key=<token>') },
    { url, method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"token":"<token>"}' },
    {
      url,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'token=<token>',
    },
    { url, method: 'POST', body: 'token <token>' },
    { url: '<hook>?more=1', method: 'POST', body: 'x' },
  ])
  const [one, two, three, four, five, six] = received
  expect(one!.headers).toMatchObject({
    'x-token': `Token ${VALUE}`,
    authorization: `Basic ${Buffer.from(`me:${VALUE}`).toString('base64')}`,
  })
  const inUrl = encodeURIComponent(VALUE).replaceAll('%2F', '/')
  expect(two!.url).toBe(`/bot${inUrl}/send?key=${inUrl}`)
  expect(JSON.parse(three!.body)).toEqual({ token: VALUE })
  expect(new URLSearchParams(four!.body).get('token')).toBe(VALUE)
  expect(five!.body).toBe(`token ${VALUE}`)
  expect(six).toMatchObject({ url: '/services/T0/hunter2-in-the-path?more=1', body: 'x' })
  expect(told.map(({ body }) => typeof body)).toEqual(Array<string>(6).fill('string'))
})

test('what the server repeats of it is the placeholder again: for the code, its log, the graph and the database', async () => {
  const { told, token } = await run([
    { url: urlOf(there, '/bot<token>'), headers: { 'X-Token': '<token>', Authorization: 'Basic <basic>' } },
    { url: urlOf(there, '/'), method: 'POST', body: '<token>' },
    { url: '<hook>' },
  ])
  expect(JSON.stringify(told)).toContain(token)
  expect(JSON.stringify(told)).not.toMatch(SHOWN)
  expect(JSON.stringify(told)).not.toContain(Buffer.from(`me:${VALUE}`).toString('base64'))
  expect(server.logLines.join('\n')).not.toMatch(SHOWN)
  const { rows } = await server.app.database.pool.query<{ all: string }>(
    'select (select json_agg(i)::text from invocation i) || (select json_agg(e)::text from event e) as all',
  )
  expect(rows[0]!.all).not.toMatch(SHOWN)
})

test('towards any other host it is not replaced but refused, and a redirect takes nothing along', async () => {
  const header = { 'X-Token': '<token>' }
  const { told } = await run([
    { url: urlOf(elsewhere, '/'), headers: header },
    { url: urlOf(elsewhere, '/?<token>') },
    { url: urlOf(elsewhere, '/'), method: 'POST', body: '<token>' },
    { url: urlOf(elsewhere, '/'), headers: { Authorization: 'Basic <basic>' } },
    { url: urlOf(there, `/to?${urlOf(elsewhere, '/')}`), headers: header },
    { url: urlOf(there, `/to?${urlOf(elsewhere, '/')}`), method: 'PUT', body: '<token>' },
    { url: 'http://api.example.com/', headers: header },
    { url: 'https://<token>.example.com/' },
    { url: `http://<token>@localhost:${portOf(there)}/` },
    { url: urlOf(there, '/'), headers: { 'User-Agent': '<token>' } },
    { url: `<hook>@localhost:${portOf(elsewhere)}/` },
  ])
  expect(told.map(({ code }) => code ?? 'answered')).toEqual([
    ...Array<string>(4).fill('SECRET_HOST'),
    'answered',
    'REDIRECT_NOT_FOLLOWED',
    'SECRET_HOST',
    'SECRET_PLACE',
    'SECRET_PLACE',
    'SECRET_PLACE',
    'answered',
  ])
  const seenElsewhere = received.filter(({ headers }) => headers.host === `localhost:${portOf(elsewhere)}`)
  expect(seenElsewhere).toHaveLength(1)
  expect(JSON.stringify(seenElsewhere)).not.toMatch(/hunter2|sealed\./)
})

test('a placeholder of another invocation is a text like any other', async () => {
  const { token } = await run([])
  const { told } = await run([{ url: urlOf(elsewhere, '/'), headers: { 'X-Token': '<before>' } }], token)
  expect(told[0]).toMatchObject({ headers: { 'x-echo': token } })
  expect(received[0]!.headers['x-token']).toBe(token)
})

test('a value that the code is told stands in no log and no error, also of what it has kept of it for later', async () => {
  const keeper = await openAsked(
    server,
    stage,
    { id: 'keeper', permissions: ['secrets:read'], secrets: [{ key: 'SIGNING_KEY', required: true }] },
    `async (ctx, how) => {
      globalThis.kept ??= await ctx.secrets.get('SIGNING_KEY')
      const { kept } = globalThis
      ctx.log.info('it is ' + kept)
      console.log({ kept }, btoa(kept), encodeURIComponent(kept))
      ctx.log.info('x'.repeat(2030) + kept)
      if (how === 'fail') throw Object.assign(new RangeError(kept), { code: kept })
      return kept
    }`,
    async (installationId) => {
      const input = { installationId, key: 'SIGNING_KEY', value: VALUE }
      accepted((await stage.operator.request(SetSecretDocument, { input })).setSecret)
    },
  )
  const first = await keeper.run('look')
  // Its answer is its own to give.
  expect(first.result).toMatchObject({ outcome: 'OK', value: VALUE })
  const second = await keeper.run('fail')
  expect(second.result.error).toMatchObject({ name: 'RangeError', message: '[secret SIGNING_KEY]' })
  const { rows } = await server.app.database.pool.query<{
    logs: { message: string }[]
    error: string | null
  }>('select logs, error from invocation where id = any($1) order by id', [
    [first.invocationId, second.invocationId],
  ])
  expect(JSON.stringify([rows, first.result.logs, second.result])).not.toMatch(/hunter|aHVudGVy/)
  expect(rows[1]!.error).toBe('RangeError: [secret SIGNING_KEY]')
  expect(rows[1]!.logs.map(({ message }) => message.replace(/^x+/, 'x…').split('\n')[0])).toEqual([
    'it is [secret SIGNING_KEY]',
    '{"kept":"[secret SIGNING_KEY]"} [secret SIGNING_KEY]== [secret SIGNING_KEY]',
    'x…[secret SIGNING_KEY]',
    'RangeError: [secret SIGNING_KEY]',
  ])
})
