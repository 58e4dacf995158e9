import type { IncomingHttpHeaders } from 'node:http'

/** What of a representation is answered; `end` is the first byte that is not. */
type Selection =
  | { status: 200 | 206; start: number; end: number }
  /** The client has it already. */
  | { status: 304 }
  /** The client asks for none of its bytes. */
  | { status: 416 }

/**
 * What a GET or HEAD is answered of `size` bytes under a strong ETag, by RFC 9110: `If-None-Match` (13.1.2) goes before
 * `Range` (14.2), which only a GET has, and only while `If-Range` (13.1.5) holds. What cannot be understood, and several
 * ranges at once, is answered by the whole, as the RFC allows.
 */
export function selectBytes(
  method: string,
  headers: IncomingHttpHeaders,
  { etag, size }: { etag: string; size: number },
): Selection {
  if (isKnown(headers['if-none-match'], etag)) return { status: 304 }
  const whole = { status: 200, start: 0, end: size } as const
  const condition = headers['if-range']
  // Compared strongly: a weak ETag never matches, nor does a date, since nothing here has one.
  if (method !== 'GET' || (condition !== undefined && condition !== etag)) return whole
  const matched = /^bytes=[\t ]*(\d*)-(\d*)[\t ]*$/i.exec(headers.range ?? '')
  if (matched === null) return whole
  const [, first, last] = matched as unknown as [string, string, string]
  if (first === '') {
    if (last === '') return whole
    const length = Math.min(Number(last), size)
    return length === 0 ? { status: 416 } : { status: 206, start: size - length, end: size }
  }
  const start = Number(first)
  if (last !== '' && Number(last) < start) return whole
  if (start >= size) return { status: 416 }
  return { status: 206, start, end: last === '' ? size : Math.min(Number(last) + 1, size) }
}

/** Whether a list of ETags has this one, compared weakly; `*` stands for any. */
function isKnown(list: string | undefined, etag: string): boolean {
  if (list === undefined) return false
  if (list.trim() === '*') return true
  return [...list.matchAll(/"[\x21\x23-\x7e\x80-\xff]*"/g)].some(([listed]) => listed === etag)
}
