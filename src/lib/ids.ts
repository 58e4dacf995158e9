import { uuidv7 } from 'uuidv7'

/** A new id of anything stored: UUIDv7 (RFC 9562), made here because PostgreSQL before 18 has no `uuidv7()`. */
export function newId(): string {
  return uuidv7()
}

/** Whether a text is a UUID in its canonical lower-case form, the only one that we write. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text)
}

/** The least id that is made at a time or later: a bound for what is newer. */
export function firstIdAt(time: Date): string {
  const hex = time.getTime().toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}
