import { z } from 'zod'
import { CapabilityError } from '../../runtime/capability-error.ts'
import { isDocumentId } from './stored-document.ts'

/** Where a page ended: the key of its last document, and its id. */
export interface Cursor {
  place: string
  id: string
}

interface Order {
  orderBy: string
  descending: boolean
}

const CursorSchema = z.object({
  v: z.literal(1),
  order: z.string(),
  place: z.string().refine((text) => !text.includes('\0') && text.isWellFormed()),
  id: z.string().refine(isDocumentId),
})

/** It says nothing that the plugin did not see. */
export function writeCursor(order: Order, { place, id }: Cursor): string {
  return Buffer.from(JSON.stringify({ v: 1, order: nameOf(order), place, id })).toString('base64url')
}

/** @throws {CapabilityError} BAD_CURSOR */
export function readCursor(text: string, order: Order): Cursor {
  const parsed = CursorSchema.safeParse(jsonOf(text))
  if (parsed.success && parsed.data.order === nameOf(order)) return parsed.data
  throw new CapabilityError('BAD_CURSOR', '"after" is not what a page in this order has ended with.')
}

function nameOf({ orderBy, descending }: Order): string {
  return `${descending ? '-' : '+'}${orderBy}`
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString())
  } catch {
    return null
  }
}
