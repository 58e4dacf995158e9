import type { JsonValue } from '../../lib/json.ts'

/** Bytes of a text that can be found by; PostgreSQL's indexes hold no more than 2,700 with all that stands before. */
export const MAX_KEY_BYTES = 1_000

/** What stands first in a key, so that values of one kind stand together: null, false, true, numbers, texts. */
const KIND = { null: '0', false: '1', true: '2', number: '3', text: '4' } as const
/** What comes after all numbers, or all texts. */
export const KIND_END = { number: '4', string: '5' } as const

export const NULL_KEY = KIND.null

/**
 * A value as text that sorts by its bytes as the values do: null, false, true, numbers, texts by their code points. Null where
 * it is none that can be found by: a list, an object, a text that is too long or half a character.
 */
export function keyValue(value: JsonValue | undefined): string | null {
  if (value === undefined || value === null) return NULL_KEY
  if (typeof value === 'boolean') return value ? KIND.true : KIND.false
  if (typeof value === 'number') return KIND.number + sortableNumber(value)
  if (typeof value !== 'string' || !value.isWellFormed()) return null
  if (Buffer.byteLength(value) > MAX_KEY_BYTES) return null
  return KIND.text + withoutNul(value)
}

/** IEEE 754 as 16 hex digits: with the sign turned, and all bits of what is negative, bytes sort as numbers do. */
function sortableNumber(value: number): string {
  const bytes = Buffer.alloc(8)
  // Zero is one, whatever its sign.
  bytes.writeDoubleBE(value === 0 ? 0 : value)
  const isNegative = (bytes[0]! & 0x80) !== 0
  for (let at = 0; at < 8; at++) bytes[at] = isNegative ? ~bytes[at]! : bytes[at]!
  if (!isNegative) bytes[0] = bytes[0]! | 0x80
  return bytes.toString('hex')
}

/** PostgreSQL's texts hold no NUL; the order stays. */
function withoutNul(text: string): string {
  return text.replaceAll('\u0001', '\u0001\u0002').replaceAll('\0', '\u0001\u0001')
}
