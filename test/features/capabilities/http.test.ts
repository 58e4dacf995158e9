import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JsonObject } from '../../../src/lib/json.ts'
import { encodeGlobalId } from '../../../src/graphql/global-id.ts'
import { MiB } from '../../../src/lib/units.ts'
import { ask } from '../../support/http.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { openStage, type TestStage } from '../../support/stage.ts'
import { openAsked, type Asked } from './support/plugin.ts'

const BYTES = Uint8Array.from({ length: 700_000 }, (_, index) => index % 251)
const TEXT = '€\u0001"'.repeat(600_000)
let there: http.Server
let elsewhere: http.Server
let received: { method: string; headers: http.IncomingHttpHeaders; body: Buffer }[] = []
let server: TestServer
let stage: TestStage
let plugin: Asked
const portOf = (of: http.Server): number => (of.address() as AddressInfo).port
const urlOf = (of: http.Server, path: string): string => `http://localhost:${portOf(of)}${path}`

beforeAll(async () => {
  there = await listening((request, response) => {
    const path = request.url ?? ''
    if (path === '/bytes') response.end(BYTES)
    else if (path === '/text') response.end(TEXT)
    else if (path === '/megabyte') response.end('x'.repeat(MiB))
    else if (path === '/large') response.end(Buffer.alloc(5 * MiB + 1))
    else if (path === '/never') return
    else if (path.startsWith('/to?')) response.writeHead(302, { location: path.slice(4) }).end()
    else response.setHeader('x-seen', path).end('{"ok":true}')
  })
  elsewhere = await listening((_request, response) => response.end('elsewhere'))
  const [port, foreign] = [portOf(there), portOf(elsewhere)]
  const allowed = [`localhost:${port}`, `localhost:${foreign}`, 'localhost:2']
  server = await startTestServer({ worker: false, env: { PATCHBAY_EGRESS_ALLOW: allowed.join(',') } })
  stage = await openStage(server)
  plugin = await openAsked(
    server,
    stage,
    {
      id: 'fetcher',
      permissions: ['http:outbound'],
      network: { allow: [`localhost:${port}`, 'localhost:2', 'private.example.com'] },
    },
    `async (ctx, calls) => {
      const told = []
      for (const { url, bytes, ...options } of calls) {
        try {
          if (bytes) options.body = Uint8Array.from(bytes)
          const answer = await ctx.http.fetch(url, options)
          let sum = 0
          for (const byte of answer.bytes()) sum = (Math.imul(sum, 31) + byte) >>> 0
          told.push({ status: answer.status, ok: answer.ok, url: answer.url, seen: answer.headers['x-seen'] ?? null,
            length: answer.body.length, sum, start: answer.text().slice(0, 20) })
        } catch (error) { told.push({ code: error.code ?? error.name, message: error.message }) }
      }
      return told
    }`,
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

async function listening(answer: http.RequestListener): Promise<http.Server> {
  const made = http.createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      received.push({ method: request.method!, headers: request.headers, body: Buffer.concat(chunks) })
      answer(request, response)
    })
  })
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve))
  return made
}

const fetched = async (...calls: JsonObject[]): Promise<JsonObject[]> =>
  (await plugin.value(calls)) as JsonObject[]
const sumOf = (bytes: Uint8Array): number => bytes.reduce((sum, byte) => (Math.imul(sum, 31) + byte) >>> 0, 0)

test('what a plugin sends arrives, bytes and all, and it gets status, headers and body', async () => {
  received = []
  const url = urlOf(there, '/made?by=plugin')
  const answers = await fetched(
    {
      url,
      method: 'POST',
      headers: { 'X-Own': 'yes', 'content-type': 'application/json' },
      body: '{"a":"ü"}',
    },
    { url, method: 'put', bytes: [0, 255, 128, 10] },
  )
  expect(answers).toMatchObject([
    { status: 200, ok: true, url, seen: '/made?by=plugin', start: '{"ok":true}' },
    { status: 200 },
  ])
  expect(received).toMatchObject([
    { method: 'POST', headers: { 'x-own': 'yes', host: `localhost:${portOf(there)}` } },
    { method: 'PUT' },
  ])
  expect(received.map(({ body }) => body)).toEqual([Buffer.from('{"a":"ü"}'), Buffer.from([0, 255, 128, 10])])
})

test('bodies beyond what crosses at once come whole, as text and as bytes; over 5 MiB they do not come', async () => {
  const answers = await fetched(
    { url: urlOf(there, '/bytes') },
    { url: urlOf(there, '/text') },
    { url: urlOf(there, '/large') },
  )
  expect(answers).toMatchObject([
    { sum: sumOf(BYTES) },
    { sum: sumOf(Buffer.from(TEXT)), length: TEXT.length },
    { code: 'TOO_LARGE' },
  ])
})

test('of bodies that a plugin does not take four are held, and the next ones are not read; whose are taken come all', async () => {
  const hoarder = await openAsked(
    server,
    stage,
    {
      id: 'hoarder',
      permissions: ['http:outbound'],
      network: { allow: [`localhost:${portOf(there)}`] },
      limits: { jobTimeoutMs: 2500 },
    },
    `async (ctx, { url, loops }) => {
      const all = Array.from({ length: 12 }, () => ctx.http.fetch(url))
      // What was asked for has left before it loops.
      if (loops) for (;;);
      return (await Promise.all(all)).map(({ body }) => body.length)
    }`,
  )
  const read = (): number =>
    server.logLines
      .map((line) => JSON.parse(line) as JsonObject)
      .filter(({ plugin: slug, bytes }) => slug === 'hoarder' && bytes === MiB).length
  const url = urlOf(there, '/megabyte')
  expect((await hoarder.run({ url, loops: true })).result.outcome).toBe('TIMEOUT')
  const held = read()
  expect(held).toBeLessThanOrEqual(4)
  expect(await hoarder.value({ url, loops: false })).toEqual(Array.from({ length: 12 }, () => MiB))
  expect(read()).toBe(held + 12)
})

test('each refusal has its code, and none tells of the network behind', async () => {
  const other = urlOf(elsewhere, '/')
  const to = (location: string): JsonObject => ({ url: urlOf(there, `/to?${location}`) })
  const answers = await fetched(
    { url: other },
    to(other),
    to('/to?/to?/to?/to?/'),
    to('/to?/to?/done'),
    { url: 'http://private.example.com/' },
    { url: urlOf(there, '/never'), timeoutMs: 150 },
    { url: 'http://localhost:2/' },
    { url: 'nonsense' },
    { url: urlOf(there, '/'), headers: { Host: 'private.example.com' } },
    { url: urlOf(there, '/'), headers: { 'x-split': 'a\r\nHost: b' } },
    { url: urlOf(there, '/'), headers: { Connection: 'upgrade' } },
    { url: urlOf(there, '/'), method: 'CONNECT' },
    { url: urlOf(there, '/'), timeoutMs: 'soon' },
  )
  expect(answers.map(({ code, start }) => code ?? start)).toEqual([
    'HOST_NOT_ALLOWED',
    'HOST_NOT_ALLOWED',
    'REDIRECT_NOT_FOLLOWED',
    '{"ok":true}',
    'ADDRESS_NOT_ALLOWED',
    'TIMEOUT',
    'NOT_REACHED',
    ...Array<string>(6).fill('BAD_INPUT'),
  ])
  expect(JSON.stringify(answers)).not.toMatch(/127\.0\.0\.1|ECONN|node:|\bat /)
})

test('each request is readable in the graph and in the log, without path or body; the 21st is refused', async () => {
  const url = urlOf(there, '/path-of-its-own?token=hidden')
  const calls: JsonObject[] = [
    ...Array.from({ length: 19 }, () => ({ url })),
    { url: urlOf(elsewhere, '/') },
    { url },
  ]
  const { invocationId, result } = await plugin.run(calls)
  expect((result.value as JsonObject[]).at(-1)).toMatchObject({ code: 'TOO_MANY_REQUESTS' })
  const query = `query ($id: ID!) { node(id: $id) { ... on Invocation {
    requests { at method host status bytes durationMs error } } } }`
  const variables = { id: encodeGlobalId('Invocation', invocationId) }
  const { json } = await ask(server, query, { key: stage.operatorKey, variables })
  const { requests } = json!.data!['node'] as { requests: JsonObject[] }
  const host = `localhost:${portOf(there)}`
  expect(requests).toHaveLength(20)
  expect(requests[0]).toMatchObject({ method: 'GET', host, status: 200, bytes: 11, error: null })
  expect(requests[19]).toMatchObject({ status: null, error: expect.stringContaining('not among the hosts') })
  const logged = server.logLines.filter((line) => line.includes(invocationId))
  expect(logged).toHaveLength(20)
  expect(logged.join('') + JSON.stringify(requests)).not.toMatch(/hidden|path-of-its-own/)
})
