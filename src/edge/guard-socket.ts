import type { WebSocket } from 'ws'
import { MiB, seconds } from '../lib/units.ts'

/** What a client that stops reading may leave in our memory; then it is cut off, and resumes by its last cursor. */
const MAX_BUFFERED_BYTES = 4 * MiB
/** Who does not answer our close is cut off. */
const CLOSE_MS = seconds(1)

/** Bounds what waits to be sent, whatever it is: results, errors, and answers to pings too. */
export function boundBuffer(socket: WebSocket): void {
  const send = socket.send.bind(socket) as (...args: unknown[]) => void
  socket.send = ((...args: unknown[]) => {
    if (socket.bufferedAmount > MAX_BUFFERED_BYTES) socket.terminate()
    else send(...args)
  }) as WebSocket['send']
}

/** Closes with a code and reason; a second later also where the client does not answer. */
export function closeFirmly(socket: WebSocket, code: number, reason: string): void {
  socket.close(code, reason)
  const timer = setTimeout(() => socket.terminate(), CLOSE_MS)
  timer.unref()
  socket.once('close', () => clearTimeout(timer))
}
