import { uuidv7 } from 'uuidv7'

/** A new id of anything stored: UUIDv7 (RFC 9562), made here because PostgreSQL before 18 has no `uuidv7()`. */
export function newId(): string {
  return uuidv7()
}

/** Whether a text is a UUID in its canonical lower-case form, the only one that we write. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text)
}
