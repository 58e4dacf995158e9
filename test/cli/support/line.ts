import net from 'node:net'
import { onTestFinished } from 'vitest'

/** A line to a server. */
interface Line {
  url: string
  /** WebSockets that were asked for over it. */
  upgrades: () => number
  cut: () => void
  mend: () => void
}

/** A line to a server that can be cut; while it is cut, nobody is let in. It goes with the test. */
export async function openLine(serverUrl: string): Promise<Line> {
  const sockets = new Set<net.Socket>()
  let isCut = false
  let upgrades = 0
  const { hostname, port } = new URL(serverUrl)
  const line = net.createServer((near) => {
    if (isCut) {
      near.destroy()
      return
    }
    const far = net.connect(Number(port), hostname)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => [near, far].forEach((one) => one.destroy()))
    }
    near.on('data', (chunk) => {
      if (/^upgrade: websocket/im.test(chunk.toString('latin1'))) upgrades++
    })
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((resolve) => line.listen(0, '127.0.0.1', resolve))
  const cut = (): void => {
    isCut = true
    for (const socket of sockets) socket.destroy()
  }
  onTestFinished(async () => {
    cut()
    await new Promise((resolve) => line.close(resolve))
  })
  const { port: own } = line.address() as net.AddressInfo
  return { url: `http://127.0.0.1:${own}`, upgrades: () => upgrades, cut, mend: () => void (isCut = false) }
}
