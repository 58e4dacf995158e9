import { randomBytes } from 'node:crypto'
import { sha256 } from '../platform/crypto.ts'

/** What a key looks like: `pbk_`, 8 characters to recognise it by, `_`, and 256 random bits in base64url. */
export interface NewApiKey {
  /** The key in full: told once, never stored. */
  secret: string
  prefix: string
  hash: Uint8Array<ArrayBuffer>
}

const PREFIX_LENGTH = 12

/** Draws a new key. */
export function drawApiKey(): NewApiKey {
  const label = randomBytes(6).toString('base64url').replaceAll(/[-_]/g, 'x')
  return describeApiKey(`pbk_${label}_${randomBytes(32).toString('base64url')}`)
}

/**
 * The parts of a given key that are stored. A plain SHA-256 is right here: keys are random, so there is nothing that
 * a slow hash would protect, and the look-up is by the hash itself.
 */
export function describeApiKey(secret: string): NewApiKey {
  return { secret, prefix: secret.slice(0, PREFIX_LENGTH), hash: sha256(secret) }
}
