import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What arrived. */
export interface Received {
  path: string
  headers: IncomingHttpHeaders
  body: string
}

/** How a path is answered, by what arrived there and how often something has. */
export type Answering = (response: ServerResponse, received: Received, count: number) => void

/** A server of somebody else's, to which webhooks go. */
export interface Receiver {
  /** `http://127.0.0.1:…`, without a path. */
  url: string
  /** As an allow-list has it. */
  host: string
  /** The same by its name, `localhost:…`. */
  named: string
  /** What arrived at a path, in order; of any where it is left out. */
  at: (path?: string) => Received[]
  /** 204 where it was never told. */
  answer: (path: string, answering: Answering) => void
  /** Connections that are open now. */
  open: () => number
  close: () => Promise<void>
}

/** Opens one on a port of its own. */
export async function openReceiver(): Promise<Receiver> {
  const received: Received[] = []
  const answers = new Map<string, Answering>()
  let open = 0
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const path = request.url ?? ''
      const one = { path, headers: request.headers, body: Buffer.concat(chunks).toString('utf8') }
      received.push(one)
      const count = received.filter((it) => it.path === path).length
      const answering = answers.get(path)
      if (answering === undefined) response.writeHead(204).end()
      else answering(response, one, count)
    })
  })
  server.on('connection', (socket) => {
    open++
    socket.on('close', () => open--)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const host = `127.0.0.1:${port}`
  return {
    url: `http://${host}`,
    host,
    named: `localhost:${port}`,
    at: (path) => received.filter((it) => path === undefined || it.path === path),
    answer: (path, answering) => void answers.set(path, answering),
    open: () => open,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
