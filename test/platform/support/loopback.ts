import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { createEgress, type EgressOptions, type EgressRequest } from '../../../src/platform/egress/egress.ts'
import { EgressRefused, type EgressRefusal } from '../../../src/platform/egress/egress-refused.ts'

/** A server on 127.0.0.1 until the test ends, and how often somebody connected. */
export interface Loopback {
  port: number
  connections: () => number
}

/** Whoever listens, whatever they speak. */
export async function listen(server: net.Server, host = '127.0.0.1'): Promise<Loopback> {
  let connections = 0
  const sockets = new Set<net.Socket>()
  server.on('connection', (socket: net.Socket) => {
    connections++
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, host, resolve)
  })
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return { port: (server.address() as AddressInfo).port, connections: () => connections }
}

/** A web server. */
export async function serve(handler: http.RequestListener): Promise<Loopback> {
  return await listen(http.createServer(handler))
}

/** A server that writes these bytes to whoever sends something, and says no more. */
export async function serveBytes(...chunks: (string | Uint8Array)[]): Promise<Loopback> {
  return await listen(
    net.createServer((socket) => {
      socket.once('data', () => {
        for (const chunk of chunks) socket.write(chunk)
      })
    }),
  )
}

/** Sends `chunk` again and again, as fast as it is read, after `head`. */
export async function endless(head: string, chunk: Uint8Array): Promise<Loopback> {
  return await listen(
    net.createServer((socket) => {
      const pump = (): void => {
        while (!socket.destroyed && socket.write(chunk));
      }
      socket.once('data', () => {
        socket.write(head)
        socket.on('drain', pump)
        pump()
      })
    }),
  )
}

/** A guard that lets `server.test` be on loopback, at these servers' ports; closed when the test ends. */
export function guard(servers: readonly Loopback[], more: EgressOptions = {}) {
  const egress = createEgress({
    allowHosts: servers.map(({ port }) => `server.test:${port}`),
    resolve: async () => ['127.0.0.1'],
    ...more,
  })
  onTestFinished(() => egress.close())
  const defaults = { maxBytes: 100_000, timeoutMs: 20_000, redirects: 3 }
  return {
    egress,
    fetch: (url: string, request: Partial<EgressRequest> = {}) =>
      egress.fetch(url, { ...defaults, ...request }),
    refused: (url: string, request: Partial<EgressRequest> = {}) =>
      refusalOf(egress.fetch(url, { ...defaults, ...request })),
  }
}

/** Code and words of what must be refused. */
export async function refusalOf(work: Promise<unknown>): Promise<{ code: EgressRefusal; message: string }> {
  try {
    await work
  } catch (error) {
    if (error instanceof EgressRefused) return { code: error.code, message: error.message }
    throw error
  }
  throw new Error('It was not refused.')
}
