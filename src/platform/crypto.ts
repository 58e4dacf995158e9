import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

/** SHA-256, hex. */
export function sha256Hex(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex')
}

/** SHA-256, raw. */
export function sha256(data: Uint8Array | string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(data).digest())
}

/** 256 bits, for keys of AES-256. */
export const KEY_BYTES = 32
/** The nonce size that GCM is made for (NIST SP 800-38D, 8.2); drawn anew for every sealing. */
const NONCE_BYTES = 12
/** The full tag; shorter ones weaken GCM. */
const TAG_BYTES = 16

/**
 * Encrypts and authenticates `plain` under `key` by AES-256-GCM. `context` is not stored but bound: opening demands
 * the very same one, so that a ciphertext moved to another row is refused. Layout: nonce, ciphertext, tag.
 */
export function seal(key: Uint8Array, plain: Uint8Array, context: string): Uint8Array<ArrayBuffer> {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(Buffer.from(context, 'utf8'))
  const body = Buffer.concat([cipher.update(plain), cipher.final()])
  return new Uint8Array(Buffer.concat([nonce, body, cipher.getAuthTag()]))
}

/** What was sealed; throws where key, context or any byte differs. */
export function open(key: Uint8Array, sealed: Uint8Array, context: string): Uint8Array {
  if (sealed.byteLength < NONCE_BYTES + TAG_BYTES) throw new Error('A sealed value is too short to be one.')
  const nonce = sealed.subarray(0, NONCE_BYTES)
  const body = sealed.subarray(NONCE_BYTES, sealed.byteLength - TAG_BYTES)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(context, 'utf8'))
  decipher.setAuthTag(sealed.subarray(sealed.byteLength - TAG_BYTES))
  return Buffer.concat([decipher.update(body), decipher.final()])
}

/** A name for a key that tells nothing of it: the first 16 hex digits of its hash under a fixed label. */
export function keyFingerprint(key: Uint8Array): string {
  return createHash('sha256').update('patchbay key fingerprint\0').update(key).digest('hex').slice(0, 16)
}
