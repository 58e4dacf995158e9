import type { IncomingMessage } from 'node:http'
import { MiB, seconds } from '../lib/units.ts'
import { HttpError } from './respond.ts'

/** Reads a request's body, and no byte more than `limit`: what is longer is refused while it arrives (413). */
export async function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit)
  const chunks: Buffer[] = []
  let size = 0
  // Not by `for await`: leaving that loop destroys the connection, and the sender would never see why.
  await new Promise<void>((resolve, reject) => {
    const stop = (outcome: () => void): void => {
      request.off('data', take)
      request.pause()
      outcome()
    }
    const take = (chunk: Buffer): void => {
      size += chunk.byteLength
      if (size > limit) stop(() => reject(tooLarge(limit)))
      else chunks.push(chunk)
    }
    request.on('data', take)
    request.once('end', () => stop(resolve))
    // The only errors here are of the sender's connection, and are no news for our log.
    const breakOff = (): void =>
      stop(() => reject(new HttpError(400, 'BAD_USER_INPUT', 'The body was broken off.')))
    request.once('error', breakOff)
    request.once('close', breakOff)
  })
  return new Uint8Array(Buffer.concat(chunks))
}

/** What a sender may still send after his refusal, so that he comes to read it; then the connection is cut. */
const MAX_DISCARDED_BYTES = 4 * MiB
const DISCARD_MS = seconds(2)

/** Takes in and forgets the rest of a refused body, for a while. */
export function discardRest(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return
  let discarded = 0
  const timer = setTimeout(() => request.destroy(), DISCARD_MS)
  timer.unref()
  request.once('close', () => clearTimeout(timer))
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.byteLength
    if (discarded > MAX_DISCARDED_BYTES) request.destroy()
  })
  request.resume()
}

function tooLarge(limit: number): HttpError {
  return new HttpError(413, 'BAD_USER_INPUT', `The body of this request may have at most ${limit} bytes.`)
}
