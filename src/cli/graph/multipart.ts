import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { KiB, MiB } from '../../lib/units.ts'

/** A file that travels as a variable of the graph. */
export interface Upload {
  /** Path in the request, e.g. `variables.input.file`. */
  place: string
  name: string
  bytes: Uint8Array
}

/** A request as the GraphQL multipart request specification lays it out. */
export interface MultipartBody {
  contentType: string
  /** Bytes. */
  size: number
  /** The body in parts; `sent` is told how many bytes of the file have been handed over. */
  chunks(sent: (bytes: number) => void): AsyncGenerator<Uint8Array, void, undefined>
}

/** Small enough that progress is seen, large enough that nothing is lost by it. */
const CHUNK_BYTES = 64 * KiB
/**
 * A server that will not have so much says so by the headers alone, and cuts the connection; its answer is lost if we are
 * writing then. So what is large is held back for longer than such an answer takes.
 */
const HOLD_BACK = { over: 4 * MiB, ms: 500 } as const

/** `operations` is the JSON of query and variables, with null where the file belongs. */
export function multipartBody(operations: string, upload: Upload): MultipartBody {
  const boundary = `patchbay-${randomUUID()}`
  const field = (name: string, value: string): string =>
    `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
  const head = Buffer.from(
    `${field('operations', operations)}${field('map', JSON.stringify({ 0: [upload.place] }))}--${boundary}\r\n` +
      `content-disposition: form-data; name="0"; filename="${upload.name.replaceAll(/[^\w.-]/g, '_')}"\r\n` +
      'content-type: application/octet-stream\r\n\r\n',
  )
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`)
  const { bytes } = upload
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    size: head.length + bytes.length + tail.length,
    async *chunks(sent) {
      yield head
      if (bytes.length > HOLD_BACK.over) await delay(HOLD_BACK.ms)
      for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
        yield bytes.subarray(at, at + CHUNK_BYTES)
        sent(Math.min(at + CHUNK_BYTES, bytes.length))
      }
      yield tail
    },
  }
}
