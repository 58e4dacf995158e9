import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { sendResponse } from '../../src/edge/respond.ts'

/** More than the system's socket buffers take in without a reader. */
const BYTES = 16_000_000
/** A minute, and so many bytes at 16 KiB a second. */
const LATEST_MS = 60_000 + (BYTES / 16_384) * 1000

let http: Server
/** Whether each answer went out as a whole. */
let sent: Promise<boolean>[]

beforeEach(async () => {
  sent = []
  http = createServer((_request, response) => {
    const whole = sendResponse(response, new Response(new Uint8Array(BYTES)))
    sent.push(whole.then(() => !response.destroyed || response.writableFinished))
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})

afterEach(async () => {
  vi.useRealTimers()
  http.close()
  http.closeAllConnections()
})

/** Has got the beginning of an answer, and reads nothing more. */
async function startReading(): Promise<Socket> {
  const socket = connect((http.address() as AddressInfo).port, '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  await once(socket, 'readable')
  return socket
}

test('who does not read his answer is cut off: it lies in memory as long', async () => {
  const socket = await startReading()
  expect(vi.getTimerCount()).toBe(1)
  await vi.advanceTimersByTimeAsync(LATEST_MS + 1)
  expect(await sent[0]).toBe(false)
  expect(vi.getTimerCount()).toBe(0)
  socket.destroy()
})

test('who takes his time has all of it, and the connection stays for the next', async () => {
  const socket = await startReading()
  await vi.advanceTimersByTimeAsync(LATEST_MS - 1000)
  let bytes = 0
  socket.on('data', (chunk: Buffer) => (bytes += chunk.byteLength))
  expect(await sent[0]).toBe(true)
  expect(vi.getTimerCount()).toBe(0)
  socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  while (sent.length < 2) await once(socket, 'data')
  expect(await sent[1]).toBe(true)
  expect(bytes).toBeGreaterThan(BYTES)
  socket.destroy()
})
