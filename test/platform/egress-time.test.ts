import net from 'node:net'
import zlib from 'node:zlib'
import { expect, test } from 'vitest'
import { endless, guard, listen, refusalOf, serve, serveBytes, type Loopback } from './support/loopback.ts'

const urlOf = ({ port }: Loopback): string => `http://server.test:${port}/`
const HEAD = 'HTTP/1.1 200 OK\r\n'
const SHORT_MS = 300

test.each([
  ['nothing at all', []],
  ['half a status', ['HTTP/1.']],
  ['headers without end', [`${HEAD}x: y\r\n`]],
  ['half a body', [`${HEAD}content-length: 10\r\n\r\n`, 'half']],
  ['half a chunk', [`${HEAD}transfer-encoding: chunked\r\n\r\n`, 'a\r\nhalf']],
  ['half a gzip', [`${HEAD}content-encoding: gzip\r\n\r\n`, zlib.gzipSync('hello').subarray(0, 12)]],
  ['some hints', ['HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n'.repeat(20)]],
])('a server that stops after %s is waited for until the time is over', async (_what, chunks) => {
  const server = await serveBytes(...chunks)
  expect(await guard([server]).refused(urlOf(server), { timeoutMs: SHORT_MS })).toEqual({
    code: 'TIME',
    message: 'There was no complete answer in 0.3 s.',
  })
})

test('a server that drips a byte now and then does not get more time by it', async () => {
  const server = await listen(
    net.createServer((socket) => {
      const drip = setInterval(() => socket.write('x'), 20)
      socket.on('close', () => clearInterval(drip))
      socket.write(`${HEAD}\r\n`)
      socket.resume()
    }),
  )
  expect(await guard([server]).refused(urlOf(server), { timeoutMs: SHORT_MS })).toMatchObject({
    code: 'TIME',
  })
})

test('the time is for all hops together', async () => {
  const server = await serve((_request, response) => {
    setTimeout(() => response.writeHead(302, { location: '/' }).end(), SHORT_MS / 3)
  })
  const limits = { timeoutMs: SHORT_MS, redirects: 100 }
  expect(await guard([server]).refused(urlOf(server), limits)).toMatchObject({ code: 'TIME' })
})

test('what is no body, but never ends, ends with the time', async () => {
  const head = `${HEAD}transfer-encoding: chunked\r\n\r\n1;`
  const server = await endless(head, Buffer.from('extension'.repeat(1000)))
  expect(await guard([server]).refused(urlOf(server), { timeoutMs: SHORT_MS })).toMatchObject({
    code: 'TIME',
  })
})

test.each([
  ['in the middle of the answer', 'http', 20_000],
  ['in the middle of TLS', 'https', 20_000],
  ['after the time to connect', 'https', 50],
])('no connection is left behind: %s', async (_where, scheme, connectTimeoutMs) => {
  let closed: Promise<void> | undefined
  const server = await listen(
    net.createServer((socket) => {
      closed = new Promise((resolve) => {
        socket.on('close', () => resolve())
      })
      socket.resume()
    }),
  )
  const { refused } = guard([server], { connectTimeoutMs })
  const url = `${scheme}://server.test:${server.port}/`
  expect(await refused(url, { timeoutMs: SHORT_MS })).toMatchObject({ code: 'TIME' })
  await closed
})

test('a server that accepts and never begins TLS has only the time to connect', async () => {
  const server = await listen(net.createServer((socket) => socket.resume()))
  const { refused } = guard([server], { connectTimeoutMs: 100 })
  expect(await refused(`https://server.test:${server.port}/`)).toEqual({
    code: 'TIME',
    message: `No connection to server.test:${server.port} could be made in 0.1 s.`,
  })
})

test('whoever asked may end it, with a reason of their own', async () => {
  const server = await serveBytes(HEAD)
  const { fetch } = guard([server])
  const controller = new AbortController()
  const reason = new Error('no longer wanted')
  const work = fetch(urlOf(server), { signal: controller.signal })
  controller.abort(reason)
  await expect(work).rejects.toBe(reason)
  await expect(fetch(urlOf(server), { signal: controller.signal })).rejects.toBe(reason)
})

test('closing ends what is under way, and nothing begins after it', async () => {
  const server = await serveBytes(HEAD)
  const { egress, fetch, refused } = guard([server])
  const work = refusalOf(fetch(urlOf(server)))
  await egress.close()
  expect(await work).toMatchObject({ code: 'CLOSED' })
  expect(await refused(urlOf(server))).toMatchObject({ code: 'CLOSED' })
})
