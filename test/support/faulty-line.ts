import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A way to a server on this machine that can break. */
export interface FaultyLine {
  port: number
  /** After so many bytes more towards the server everything is cut, and nobody gets through any more. */
  cutAfter: (bytes: number) => void
  isCut: () => boolean
  restore: () => void
  close: () => Promise<void>
}

export async function openFaultyLine(target: number): Promise<FaultyLine> {
  const sockets = new Set<Socket>()
  let left = Infinity
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  const server = createServer((near) => {
    if (left <= 0) {
      near.destroy()
      return
    }
    const far = connect(target, '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      // Whoever is cut off sees it on his own side.
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    far.on('data', (chunk) => near.write(chunk))
    near.on('data', (chunk) => {
      far.write(chunk.subarray(0, Math.min(chunk.byteLength, left)))
      left -= chunk.byteLength
      if (left <= 0) cut()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    cutAfter(bytes) {
      left = bytes
      if (bytes <= 0) cut()
    },
    isCut: () => left <= 0,
    restore() {
      left = Infinity
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      cut()
      await closed
    },
  }
}
