import { createHash, createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  parsePublicKey,
  parseSignature,
  publisherKeyId,
  rawPublicKey,
  signDigest,
  verifyDigest,
} from '../../src/platform/signatures.ts'

/** RFC 8032, 7.1, test 3: a secret key, its public half, and what it signs. */
const RFC = {
  secret: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
  public: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
}
const PKCS8_PREFIX = '302e020100300506032b657004220420'

const DIGEST = createHash('sha256').update('an archive').digest('hex')
const pair = generateKeyPairSync('ed25519')
const raw = rawPublicKey(pair.publicKey)

test('a key goes by the first 16 hex digits of the SHA-256 of its 32 raw bytes', () => {
  const key = createPrivateKey({
    key: Buffer.from(`${PKCS8_PREFIX}${RFC.secret}`, 'hex'),
    format: 'der',
    type: 'pkcs8',
  })
  const bytes = rawPublicKey(key)
  expect(Buffer.from(bytes).toString('hex')).toBe(RFC.public)
  const expected = createHash('sha256').update(Buffer.from(RFC.public, 'hex')).digest('hex').slice(0, 16)
  expect(publisherKeyId(bytes)).toBe(expected)
})

test('a signature is 64 bytes over the 32 bytes of the digest, and holds for no other digest and no other key', () => {
  const signature = parseSignature(signDigest(pair.privateKey, DIGEST))!
  expect(signature).toHaveLength(64)
  expect(verifyDigest(raw, DIGEST, signature)).toBe(true)
  expect(verifyDigest(raw, createHash('sha256').update('another').digest('hex'), signature)).toBe(false)
  const other = rawPublicKey(generateKeyPairSync('ed25519').publicKey)
  expect(verifyDigest(other, DIGEST, signature)).toBe(false)
})

test('one changed bit of a signature is one too many', () => {
  const signature = parseSignature(signDigest(pair.privateKey, DIGEST))!
  for (let bit = 0; bit < 512; bit++) {
    const changed = signature.slice()
    changed[bit >> 3]! ^= 1 << (bit & 7)
    expect(verifyDigest(raw, DIGEST, changed), `bit ${bit}`).toBe(false)
  }
})

test('only 64 bytes in canonical base64 are a signature', () => {
  const signature = signDigest(pair.privateKey, DIGEST)
  const bytes = Buffer.from(signature, 'base64')
  const url = bytes.toString('base64url')
  const of = (length: number): string => Buffer.alloc(length, 1).toString('base64')
  const wrong = [
    '',
    of(0),
    of(32),
    of(63),
    of(65),
    of(128),
    `${signature} `,
    `${signature}\n`,
    `${signature}=`,
    signature.slice(0, -2),
    // The last digit has four bits that say nothing: set, they would be a second spelling.
    `${signature.slice(0, 85)}${signature[85] === 'A' ? 'B' : String.fromCharCode(signature.charCodeAt(85) + 1)}==`,
    ...(url === signature ? [] : [url]),
    bytes.toString('hex'),
    '\u0000'.repeat(88),
    '𝒜'.repeat(44),
  ]
  for (const text of wrong) expect(parseSignature(text), JSON.stringify(text)).toBeNull()
})

test('signatures and keys of a wrong length verify nothing, and nothing throws', () => {
  const signature = parseSignature(signDigest(pair.privateKey, DIGEST))!
  for (const length of [0, 1, 31, 32, 63, 65, 4096]) {
    expect(verifyDigest(raw, DIGEST, new Uint8Array(length))).toBe(false)
    if (length !== 32) expect(verifyDigest(new Uint8Array(length), DIGEST, signature)).toBe(false)
  }
  expect(verifyDigest(new Uint8Array(32), DIGEST, signature)).toBe(false)
  expect(verifyDigest(new Uint8Array(32).fill(255), DIGEST, signature)).toBe(false)
})

test('a public key is SPKI in PEM or 32 bytes in canonical base64; keys of other kinds and private ones are none', () => {
  const pem = pair.publicKey.export({ format: 'pem', type: 'spki' }).toString()
  const base64 = Buffer.from(raw).toString('base64')
  expect(parsePublicKey(pem)).toEqual(raw)
  expect(parsePublicKey(`\n${pem}\n`)).toEqual(raw)
  expect(parsePublicKey(base64)).toEqual(raw)

  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey
  const wrong = [
    '',
    'no key',
    base64.slice(0, -4),
    `${base64}AAAA`,
    Buffer.from(raw).toString('hex'),
    pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    rsa.export({ format: 'pem', type: 'spki' }).toString(),
    generateKeyPairSync('x25519').publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----',
  ]
  for (const text of wrong) expect(parsePublicKey(text), JSON.stringify(text)).toBeNull()
})
