import { inflateRaw, inflateRawSync, type Zlib } from 'node:zlib'
import { MiB } from '../../lib/units.ts'

/** What came out, and how many of the packed bytes it took: more packed bytes than that hide something. */
interface Inflated {
  bytes: Buffer
  consumedBytes: number
}

/** The least that zlib takes. */
const MIN_CHUNK_BYTES = 64

/**
 * Above this the work goes to a thread of the pool: 1 MiB of output inflates in about 3 ms, and the thread's round
 * trip costs 0.1 ms.
 */
const INLINE_BYTES = MiB

/**
 * Inflates a raw deflate stream that may give `maxBytes` and not one more.
 * @throws zlib's error: `ERR_BUFFER_TOO_LARGE` where there is more, else the stream is broken or cut off.
 */
export async function inflate(packed: Uint8Array, maxBytes: number): Promise<Inflated> {
  const options = {
    info: true,
    maxOutputLength: Math.max(1, maxBytes),
    // In one piece, so that nothing is copied together; memory that is announced and never written costs nothing. One
    // byte more than expected, because zlib asks for another piece when one is exactly full.
    chunkSize: Math.max(MIN_CHUNK_BYTES, maxBytes + 1),
  }
  if (maxBytes <= INLINE_BYTES) return unpackInfo(inflateRawSync(packed, options))
  const result = Promise.withResolvers<Inflated>()
  inflateRaw(packed, options, (error, value) => {
    if (error) result.reject(error)
    else result.resolve(unpackInfo(value))
  })
  return result.promise
}

/** With `info` zlib answers an object that its types do not know (documented under Convenience methods). */
function unpackInfo(value: unknown): Inflated {
  const { buffer, engine } = value as { buffer: Buffer; engine: Zlib }
  return { bytes: buffer, consumedBytes: engine.bytesWritten }
}
