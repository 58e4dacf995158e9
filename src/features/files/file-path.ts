import { KiB } from '../../lib/units.ts'
import { CapabilityError } from '../../runtime/capability-error.ts'

/** Bytes in UTF-8; an index holds it whole. */
const MAX_PATH = KiB / 2
/** Controls, what reorders or hides text before people, and halves of surrogate pairs. */
const UNSEEN = /[\p{Cc}\p{Cs}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u

/**
 * The path of a plugin's file in its one form (NFC): `reports/2026-11.csv`.
 *
 * @throws {CapabilityError} BAD_PATH with what is wrong with it
 */
export function filePath(given: string): string {
  const path = pathPrefix(given)
  if (path === '') throw badPath('is empty')
  const segments = path.split('/')
  if (segments.includes('')) throw badPath('begins or ends with a slash, or has two in a row')
  if (segments.some((segment) => segment === '.' || segment === '..')) throw badPath('has "." or ".." in it')
  return path
}

/** With what paths may begin; nothing is what all begin with. */
export function pathPrefix(given: string): string {
  const path = given.normalize('NFC')
  if (Buffer.byteLength(path) > MAX_PATH) throw badPath(`is longer than ${MAX_PATH} bytes`)
  if (UNSEEN.test(path)) throw badPath('holds control or invisible characters')
  if (path.includes('\\')) throw badPath('holds a backslash: folders end with "/"')
  return path
}

function badPath(why: string): CapabilityError {
  return new CapabilityError('BAD_PATH', `The path ${why}.`)
}
