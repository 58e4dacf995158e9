import https from 'node:https'
import type tls from 'node:tls'
import { expect, onTestFinished, test, vi } from 'vitest'
import { guard, listen, serve, type Loopback } from './support/loopback.ts'
import { selfSigned } from './support/self-signed.ts'

/** Answers with the server name of TLS and the Host of HTTP. */
async function serveTls(name: string): Promise<{ server: Loopback; cert: string }> {
  const { key, cert } = selfSigned(name)
  const server = https.createServer({ key, cert }, (request, response) => {
    response.end(`${String((request.socket as tls.TLSSocket).servername)} ${request.headers.host}`)
  })
  return { server: await listen(server), cert }
}

test('with the address pinned, TLS and HTTP still go by the name', async () => {
  const { server, cert } = await serveTls('server.test')
  const { fetch } = guard([server], { caCertificates: [cert] })
  const { body } = await fetch(`https://SERVER.test.:${server.port}/`)
  expect(Buffer.from(body).toString()).toBe(`server.test server.test:${server.port}`)
})

test('a certificate for another name is none', async () => {
  const { server, cert } = await serveTls('other.test')
  const { refused } = guard([server], { caCertificates: [cert] })
  expect(await refused(`https://server.test:${server.port}/`)).toEqual({
    code: 'TLS',
    message: `server.test:${server.port} has no TLS, or no certificate that holds for it (ERR_TLS_CERT_ALTNAME_INVALID).`,
  })
})

test('nor is one that nobody has signed, whatever the environment says', async () => {
  const { server } = await serveTls('server.test')
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
  onTestFinished(() => void vi.unstubAllEnvs())
  const { refused } = guard([server])
  expect(await refused(`https://server.test:${server.port}/`)).toMatchObject({ code: 'TLS' })
})

test('https to a server that speaks http is no TLS', async () => {
  const server = await serve((_request, response) => response.end())
  expect(await guard([server]).refused(`https://server.test:${server.port}/`)).toMatchObject({ code: 'TLS' })
})

test('from https there is no redirect to http', async () => {
  const { key, cert } = selfSigned('server.test')
  const plain = await serve((_request, response) => response.end('plain'))
  const secure = await listen(
    https.createServer({ key, cert }, (_request, response) => {
      response.writeHead(302, { location: `http://server.test:${plain.port}/` }).end()
    }),
  )
  const { refused } = guard([plain, secure], { caCertificates: [cert] })
  expect(await refused(`https://server.test:${secure.port}/`)).toMatchObject({ code: 'REDIRECTS' })
  expect(plain.connections()).toBe(0)
})

test('method, headers and body arrive as they were given', async () => {
  const server = await serve((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => response.end(JSON.stringify([request.method, request.headers['x-a'], body])))
  })
  const { fetch } = guard([server])
  const request = { method: 'post', headers: { 'X-A': 'é' }, body: new TextEncoder().encode('ü') }
  const { body } = await fetch(`http://server.test:${server.port}/`, request)
  expect(JSON.parse(Buffer.from(body).toString())).toEqual(['POST', 'é', 'ü'])
})

test.each([
  ['a method that tunnels', { method: 'CONNECT' }],
  ['a method that reflects', { method: 'TRACE' }],
  ['a method that breaks the line', { method: 'GET / HTTP/1.1\r\nx: y' }],
  ['another host', { headers: { Host: 'internal' } }],
  ['a length', { headers: { 'Content-Length': '0' } }],
  ['an encoding of the transfer', { headers: { 'transfer-encoding': 'chunked' } }],
  ['an upgrade', { headers: { upgrade: 'websocket' } }],
  ['a credential for a proxy', { headers: { 'proxy-authorization': 'Basic x' } }],
  ['a line break in a value', { headers: { x: 'a\r\nhost: internal' } }],
  ['a NUL in a value', { headers: { x: 'a\0' } }],
  ['a character beyond Latin-1', { headers: { x: '\u010Ahost: internal' } }],
  ['a space in a name', { headers: { 'x y': 'a' } }],
  ['no name', { headers: { '': 'a' } }],
  ['too long a header', { headers: { x: 'a'.repeat(17_000) } }],
  ['too many headers', { headers: Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`x${n}`, ''])) }],
])('a request cannot have %s', async (_what, request) => {
  const server = await serve((_request, response) => response.end())
  const refusal = await guard([server]).refused(`http://server.test:${server.port}/`, request)
  expect(refusal).toMatchObject({ code: 'REQUEST' })
  expect(server.connections()).toBe(0)
})

test('a line break in a path is encoded, not sent', async () => {
  const server = await serve((request, response) => response.end(request.url))
  const { fetch } = guard([server])
  const { body } = await fetch(`http://server.test:${server.port}/a%0d%0ab c\r\nd`)
  expect(Buffer.from(body).toString()).toBe('/a%0d%0ab%20cd')
})

test('no proxy of the environment is used', async () => {
  const proxy = await serve((_request, response) => response.end('proxy'))
  const server = await serve((_request, response) => response.end('server'))
  for (const name of ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'])
    vi.stubEnv(name, `http://127.0.0.1:${proxy.port}`)
  onTestFinished(() => void vi.unstubAllEnvs())
  const { body } = await guard([server]).fetch(`http://server.test:${server.port}/`)
  expect(Buffer.from(body).toString()).toBe('server')
  expect(proxy.connections()).toBe(0)
})

test('a connection carries one request, so that no answer can be taken for the next one', async () => {
  const server = await serve((_request, response) => {
    response.shouldKeepAlive = true
    response.writeHead(200, { connection: 'keep-alive', 'content-length': 1 }).end('x')
  })
  const { fetch } = guard([server])
  await fetch(`http://server.test:${server.port}/`)
  await fetch(`http://server.test:${server.port}/`)
  expect(server.connections()).toBe(2)
})
