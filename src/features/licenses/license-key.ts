import { randomInt } from 'node:crypto'
import type { App } from '../../app.ts'
import { seal, sha256 } from '../../platform/crypto.ts'
import type { Tx } from '../../platform/database.ts'
import { masterKeyInForce } from '../../platform/master-keys.ts'
import { LICENSE_KEYS } from '../../platform/sealed-columns.ts'

/** Crockford's base 32: no letter that is taken for a digit, and no U. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
/** 25 digits of 5 bits are 125 bits: nobody guesses one, also where he may ask for years. */
const GROUPS = 5
const GROUP_DIGITS = 5
const DIGITS = GROUPS * GROUP_DIGITS
const KEY_DIGITS = new RegExp(`^[${ALPHABET}]{${DIGITS}}$`)
const BETWEEN_GROUPS = new RegExp(`.{${GROUP_DIGITS}}(?!$)`, 'g')
/** Characters of what may be a key as people write it; longer texts are none. */
const MAX_WRITTEN_CHARACTERS = 64
/** Of a key's end, which everybody sees who sees the licence. */
const END_DIGITS = 4

/** A new licence key, e.g. `7Q2M4-…`. */
export function drawLicenseKey(): string {
  const digits = Array.from({ length: DIGITS }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
  return digits.replaceAll(BETWEEN_GROUPS, '$&-')
}

/** The end of a key, by which people tell their licences apart. */
export function keyEndOf(key: string): string {
  return key.slice(-END_DIGITS)
}

/** By what a key is found; null where a text cannot be one. Case, spaces, hyphens and O for 0, I or L for 1 do not matter. */
export function licenseKeyHash(written: string): Uint8Array<ArrayBuffer> | null {
  if (written.length > MAX_WRITTEN_CHARACTERS) return null
  const digits = written.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1')
  return KEY_DIGITS.test(digits) ? sha256(digits) : null
}

/** The key as it lies in the row, bound to it; for the transaction that writes it. */
export async function sealLicenseKey(
  tx: Tx,
  app: App,
  licenseId: string,
  key: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const inForce = await masterKeyInForce(tx, app.masterKeys)
  return seal(inForce.key, Buffer.from(key, 'utf8'), LICENSE_KEYS.context(licenseId))
}

/** The key of a row; throws where it was not sealed for this row by this service. */
export function openLicenseKey(app: App, licenseId: string, sealed: Uint8Array): string {
  return Buffer.from(app.masterKeys.open(sealed, LICENSE_KEYS.context(licenseId))).toString('utf8')
}
