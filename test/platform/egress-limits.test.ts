import zlib from 'node:zlib'
import { expect, test } from 'vitest'
import { MiB } from '../../src/lib/units.ts'
import { endless, guard, serve, serveBytes, type Loopback } from './support/loopback.ts'

const urlOf = ({ port }: Loopback): string => `http://server.test:${port}/`
const HEAD = 'HTTP/1.1 200 OK\r\n'

test('a body of exactly the limit is taken, one byte more is not', async () => {
  const server = await serve((request, response) => {
    response.flushHeaders()
    response.end('x'.repeat(Number(request.headers['x-size'])))
  })
  const { fetch, refused } = guard([server])
  const asking = (size: number) => ({ maxBytes: 1000, headers: { 'x-size': String(size) } })
  expect((await fetch(urlOf(server), asking(1000))).body).toHaveLength(1000)
  expect(await refused(urlOf(server), asking(1001))).toEqual({
    code: 'SIZE',
    message: 'The answer is larger than 1000 bytes.',
  })
})

test('an endless body ends at the limit', async () => {
  const server = await endless(`${HEAD}\r\n`, new Uint8Array(65_536))
  expect(await guard([server]).refused(urlOf(server), { maxBytes: MiB })).toMatchObject({ code: 'SIZE' })
})

test('an endless body in chunks does, too', async () => {
  const chunk = Buffer.from(`400\r\n${'x'.repeat(1024)}\r\n`)
  const server = await endless(`${HEAD}transfer-encoding: chunked\r\n\r\n`, chunk)
  expect(await guard([server]).refused(urlOf(server), { maxBytes: MiB })).toMatchObject({ code: 'SIZE' })
})

test('a length that is announced over the limit is not waited for', async () => {
  const server = await serveBytes(`${HEAD}content-length: 1000000000\r\n\r\n`)
  expect(await guard([server]).refused(urlOf(server))).toMatchObject({ code: 'SIZE' })
})

const zeros = new Uint8Array(20 * MiB)
test.each([
  ['gzip', zlib.gzipSync(zeros)],
  ['x-gzip', zlib.gzipSync(zeros)],
  ['deflate', zlib.deflateSync(zeros)],
  ['br', zlib.brotliCompressSync(zeros, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 } })],
])('a bomb in %s ends at the limit of what it decodes to', async (encoding, bomb) => {
  const server = await serve((_request, response) =>
    response.writeHead(200, { 'content-encoding': encoding }).end(bomb),
  )
  expect(bomb.byteLength).toBeLessThan(100_000)
  expect(await guard([server]).refused(urlOf(server))).toMatchObject({ code: 'SIZE' })
})

test('what comes compressed is handed over decoded, without the headers that no longer hold', async () => {
  const server = await serve((request, response) => {
    const body = request.url === '/br' ? zlib.brotliCompressSync('hello') : zlib.gzipSync('hello')
    const encoding = request.url === '/br' ? 'br' : 'GZIP'
    response.writeHead(200, { 'content-encoding': encoding, 'content-length': body.byteLength, etag: '"1"' })
    response.end(body)
  })
  for (const path of ['', 'br']) {
    const { headers, body } = await guard([server]).fetch(urlOf(server) + path)
    expect(Buffer.from(body).toString()).toBe('hello')
    expect(headers).toMatchObject({ etag: '"1"' })
    expect(Object.keys(headers)).not.toContain('content-length')
    expect(Object.keys(headers)).not.toContain('content-encoding')
  }
})

test.each([200, 204, 304])('a %d that is empty may name an encoding', async (status) => {
  const server = await serve((_request, response) =>
    response.writeHead(status, { 'content-encoding': 'gzip' }).end(),
  )
  const answer = await guard([server]).fetch(urlOf(server))
  expect([answer.status, answer.body.byteLength]).toEqual([status, 0])
})

test.each([
  ['gzip, gzip', zlib.gzipSync(zlib.gzipSync('x'))],
  ['zstd', zlib.zstdCompressSync('x')],
  ['compress', Buffer.from('x')],
  ['gzip', Buffer.from('no gzip')],
  ['gzip', zlib.gzipSync('cut off').subarray(0, 15)],
  ['br', Buffer.from('no brotli')],
])('an encoding that is not asked for, or that does not hold, is no answer: %s', async (encoding, body) => {
  const server = await serve((_request, response) =>
    response.writeHead(200, { 'content-encoding': encoding }).end(body),
  )
  expect(await guard([server]).refused(urlOf(server))).toMatchObject({ code: 'ANSWER' })
})

test('HEAD tells of a length without a body', async () => {
  const server = await serve((_request, response) =>
    response.writeHead(200, { 'content-length': 10 ** 9, 'content-encoding': 'gzip' }).end(),
  )
  const { body, headers } = await guard([server]).fetch(urlOf(server), { method: 'HEAD' })
  expect(body).toHaveLength(0)
  expect(headers).toMatchObject({ 'content-length': '1000000000' })
})

test.each([
  ['one long', `${HEAD}x: ${'y'.repeat(20_000)}\r\n\r\n`],
  ['many', `${HEAD}${'x: y\r\n'.repeat(20_000)}\r\n`],
])('headers over 16 KiB are not taken: %s', async (_kind, head) => {
  const server = await serveBytes(head)
  expect(await guard([server]).refused(urlOf(server))).toMatchObject({ code: 'HEADERS' })
})

test('endless headers end at the limit', async () => {
  const server = await endless(HEAD, Buffer.from('x: y\r\n'.repeat(100)))
  expect(await guard([server]).refused(urlOf(server))).toMatchObject({ code: 'HEADERS' })
})

test('endless trailers end at the limit', async () => {
  const head = `${HEAD}transfer-encoding: chunked\r\n\r\n0\r\n`
  const server = await endless(head, Buffer.from('x: y\r\n'.repeat(100)))
  expect(await guard([server]).refused(urlOf(server))).toMatchObject({ code: 'HEADERS' })
})

test('a header called __proto__ is a header', async () => {
  const server = await serveBytes(`${HEAD}__proto__: x\r\ncontent-length: 0\r\n\r\n`)
  const { headers } = await guard([server]).fetch(urlOf(server))
  expect(Object.getPrototypeOf(headers)).toBeNull()
  expect(Object.keys(headers)).toEqual(['__proto__', 'content-length'])
})

test('interim answers without end are no answer', async () => {
  const server = await endless('', Buffer.from('HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n'))
  expect(await guard([server]).refused(urlOf(server))).toEqual({
    code: 'ANSWER',
    message: 'The server sends interim answers without end.',
  })
})

test.each([
  ['garbage', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ['HTTP/0.9', '<html>'],
  ['two lengths', `${HEAD}content-length: 1\r\ncontent-length: 2\r\n\r\nxx`],
  ['length and chunks', `${HEAD}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
  ['a chunk that is no number', `${HEAD}transfer-encoding: chunked\r\n\r\nxyz\r\n`],
  ['an upgrade', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'],
])('%s is no answer', async (_what, bytes) => {
  const server = await serveBytes(bytes)
  const refusal = await guard([server]).refused(urlOf(server))
  expect(refusal).toEqual({ code: 'ANSWER', message: 'The server ended without a complete HTTP answer.' })
})

test('a connection that ends in the middle is no answer', async () => {
  const server = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': 100 })
    response.write('half', () => response.destroy())
  })
  expect(await guard([server]).refused(urlOf(server))).toMatchObject({ code: 'ANSWER' })
})

test('where nobody listens, that is told', async () => {
  const server = await serve((_request, response) => response.end())
  const { refused } = guard([server], { resolve: async () => ['127.0.0.3'] })
  expect(await refused(urlOf(server))).toEqual({
    code: 'CONNECT',
    message: `No connection to server.test:${server.port} could be made: it was refused.`,
  })
})
