import { WebSocket, type ClientOptions } from 'ws'
import { eventually } from './http.ts'
import type { TestServer } from './server.ts'

/** A bare socket, to send what no client would. */
export class RawSocket {
  readonly received: { type: string; id?: string; payload?: unknown }[] = []
  readonly closed: Promise<{ code: number; reason: string }>
  readonly socket: WebSocket

  readonly #server: TestServer

  constructor(server: TestServer, options: ClientOptions = {}) {
    this.#server = server
    this.socket = new WebSocket(server.wsUrl, 'graphql-transport-ws', options)
    this.socket.on('message', (data: Buffer) =>
      this.received.push(JSON.parse(data.toString()) as { type: string }),
    )
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }))
      this.socket.on('error', () => undefined)
    })
  }

  async open(): Promise<this> {
    await new Promise((resolve) => this.socket.once('open', resolve))
    return this
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  }

  async init(key: string = this.#server.adminKey): Promise<this> {
    this.send({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } })
    await eventually('the ack', () => this.received.some((it) => it.type === 'connection_ack'))
    return this
  }
}
