import type { IncomingMessage } from 'node:http'
import { HttpError } from './respond.ts'

/** Reads a request's body, and no byte more than `limit`: what is longer is refused while it arrives (413). */
export async function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > limit) throw tooLarge(limit)
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength
    if (size > limit) throw tooLarge(limit)
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}

function tooLarge(limit: number): HttpError {
  return new HttpError(413, 'BAD_USER_INPUT', `The body of this request may have at most ${limit} bytes.`)
}
