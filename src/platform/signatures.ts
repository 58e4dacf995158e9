import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'

/** Bytes of an Ed25519 public key and of a signature (RFC 8032, 5.1). */
const PUBLIC_KEY_BYTES = 32
const SIGNATURE_BYTES = 64

/** What stands before the raw key in an SPKI of Ed25519 (RFC 8410, 4). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** The name that a public key goes by: the first 16 hex digits of the SHA-256 of its 32 raw bytes. */
export function publisherKeyId(rawPublicKey: Uint8Array): string {
  return createHash('sha256').update(rawPublicKey).digest('hex').slice(0, 16)
}

/** Signs an archive: the 32 raw bytes of its SHA-256. Returns 64 bytes in base64. */
export function signDigest(privateKey: KeyObject, digestHex: string): string {
  return sign(null, Buffer.from(digestHex, 'hex'), privateKey).toString('base64')
}

/** Whether a signature is one of that digest by that key; never throws for what the bytes are. */
export function verifyDigest(rawPublicKey: Uint8Array, digestHex: string, signature: Uint8Array): boolean {
  if (signature.byteLength !== SIGNATURE_BYTES || rawPublicKey.byteLength !== PUBLIC_KEY_BYTES) return false
  return verify(null, Buffer.from(digestHex, 'hex'), publicKeyOf(rawPublicKey), signature)
}

/** The bytes of a signature in base64, written in the one canonical way; null for anything else. */
export function parseSignature(text: string): Uint8Array | null {
  return canonicalBase64(text, SIGNATURE_BYTES)
}

/** The 32 raw bytes of an Ed25519 public key, given as SPKI in PEM or as canonical base64; null for anything else. */
export function parsePublicKey(text: string): Uint8Array | null {
  const given = text.trim()
  const raw = given.startsWith('-----BEGIN PUBLIC KEY-----')
    ? fromPem(given)
    : canonicalBase64(given, PUBLIC_KEY_BYTES)
  return raw !== null && isKey(raw) ? raw : null
}

/** The raw bytes of a key's public half. */
export function rawPublicKey(key: KeyObject): Uint8Array<ArrayBuffer> {
  const spki = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'der', type: 'spki' })
  return new Uint8Array(spki.subarray(-PUBLIC_KEY_BYTES))
}

function publicKeyOf(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' })
}

function fromPem(pem: string): Uint8Array | null {
  try {
    const key = createPublicKey(pem)
    return key.asymmetricKeyType === 'ed25519' ? rawPublicKey(key) : null
  } catch {
    // Whatever else stands between the lines is no key.
    return null
  }
}

function isKey(raw: Uint8Array): boolean {
  try {
    publicKeyOf(raw)
    return true
  } catch {
    return false
  }
}

function canonicalBase64(text: string, bytes: number): Uint8Array | null {
  const decoded = Buffer.from(text, 'base64')
  return decoded.byteLength === bytes && decoded.toString('base64') === text ? new Uint8Array(decoded) : null
}
