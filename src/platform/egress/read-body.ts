import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import zlib from 'node:zlib'
import { EgressRefused } from './egress-refused.ts'
import type { AnswerHeaders } from './answer.ts'

/** How a body is read. */
export interface ReadingBody {
  /** Both of the bytes that come and of those that they decode to. */
  maxBytes: number
  /** Of the request: the answer to HEAD tells the length of a body that it does not have. */
  method: string
  signal: AbortSignal
  /** Told after each part how many decoded bytes are in memory by then; the next part is read when it has resolved. */
  onHeld?: ((bytes: number, signal: AbortSignal) => Promise<void>) | undefined
}

/** Reads and decodes a body; the headers of its encoding and length, which no longer hold, are left out. */
export async function readBody(
  body: Readable,
  headers: AnswerHeaders,
  { maxBytes, method, signal, onHeld }: ReadingBody,
): Promise<{ headers: AnswerHeaders; body: Uint8Array }> {
  if (method !== 'HEAD' && Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes)
  const decoder = method === 'HEAD' ? null : decoderOf(headers)
  const chunks: Uint8Array[] = []
  let held = 0
  const collect = async (source: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of atMost(source, maxBytes)) {
      chunks.push(chunk)
      held += chunk.byteLength
      await onHeld?.(held, signal)
    }
  }
  if (decoder === null) {
    await pipeline(body, collect, { signal })
    return { headers, body: Buffer.concat(chunks) }
  }
  let received = 0
  const incoming = async function* (source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of atMost(source, maxBytes)) {
      received += chunk.byteLength
      yield chunk
    }
  }
  try {
    await pipeline(body, incoming, decoder, collect, { signal })
  } catch (error) {
    if (!isZlibError(error)) throw error
    // Servers name the encoding also where there is nothing in it: of 204, 304 and empty files.
    if (received > 0)
      throw new EgressRefused('ANSWER', 'The body of the answer cannot be decompressed.', { cause: error })
  }
  const rest = Object.entries(headers).filter(([name]) => !DESCRIBE_ENCODED.has(name))
  return {
    headers: Object.assign(Object.create(null), Object.fromEntries(rest)),
    body: Buffer.concat(chunks),
  }
}

const DESCRIBE_ENCODED: ReadonlySet<string> = new Set(['content-encoding', 'content-length'])

async function* atMost(source: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of source) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw tooLarge(maxBytes)
    yield chunk
  }
}

function tooLarge(maxBytes: number): EgressRefused {
  return new EgressRefused('SIZE', `The answer is larger than ${maxBytes} bytes.`)
}

/**
 * One encoding of those that decode in little memory; null for none. (Zstandard lets the sender choose a window of
 * 128 MiB, and encodings on top of each other are only seen in attacks.)
 */
function decoderOf(headers: AnswerHeaders): zlib.Gunzip | zlib.Inflate | zlib.BrotliDecompress | null {
  const encoding = String(headers['content-encoding'] ?? '')
    .trim()
    .toLowerCase()
  switch (encoding) {
    case '':
    case 'identity':
      return null
    case 'gzip':
    case 'x-gzip':
      return zlib.createGunzip()
    case 'deflate':
      return zlib.createInflate()
    case 'br':
      return zlib.createBrotliDecompress()
    default:
      throw new EgressRefused('ANSWER', 'The answer is compressed in a way that was not asked for.')
  }
}

/** Brotli's codes begin with `ERR__ERROR`, but for what ends too early, which is `Z_BUF_ERROR` everywhere. */
function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(Z_|ERR__ERROR)/.test(String(error.code))
}
