import { z } from 'zod'
import { RequestError } from '../../lib/errors.ts'

/** Where a page of a plugin's data has ended: at a document, or, where `path` is given, at a file. */
export interface Position {
  collection: string
  id: string | null
  path: string | null
}

const PositionSchema = z.object({
  collection: z.string().max(64),
  id: z.uuid().nullable(),
  path: z.string().max(1000).nullable(),
})

export function writePosition(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url')
}

/** @throws {RequestError} BAD_USER_INPUT */
export function readPosition(after: string | null): Position {
  if (after === null) return { collection: '', id: null, path: null }
  const parsed = PositionSchema.safeParse(jsonOf(after))
  if (parsed.success) return parsed.data
  throw new RequestError('BAD_USER_INPUT', '"after" is not the endCursor of a page.')
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString())
  } catch {
    return null
  }
}
