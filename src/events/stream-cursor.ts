import { z } from 'zod'
import { RequestError } from '../lib/errors.ts'

/** A `pg_snapshot` as text. */
export const snapshotText = z.string().regex(/^\d{1,20}:\d{1,20}:(\d{1,20}(,\d{1,20})*)?$/)

/** A place in a stream as it goes out: opaque base64url. */
export function encodePlace(place: object): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url')
}

/**
 * The place that a client brings back.
 *
 * @throws {RequestError} BAD_USER_INPUT where it is none of that stream
 */
export function decodePlace<Schema extends z.ZodType>(schema: Schema, text: string): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))
  } catch {
    throw noCursor()
  }
}

/** PostgreSQL refuses a snapshot text that no server wrote (22P02): the cursor was made up. */
export function refuseForeignSnapshot(error: unknown): never {
  if (error instanceof Error && 'code' in error && error.code === '22P02') throw noCursor()
  throw error
}

function noCursor(): RequestError {
  return new RequestError(
    'BAD_USER_INPUT',
    '`after` is not a cursor of this stream; leave it out to begin now.',
  )
}
