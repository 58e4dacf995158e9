/** Bytes; SHA-256 works on blocks of this size (RFC 2104 pads the key to it). */
const BLOCK_BYTES = 64

/**
 * HMAC-SHA256 (RFC 2104) of a text, as lower-case hex.
 *
 * @param {string} key
 * @param {string} text
 * @returns {Promise<string>}
 */
export async function hmacSha256(key, text) {
  const encoder = new TextEncoder()
  const keyBytes = encoder.encode(key)
  const block = new Uint8Array(BLOCK_BYTES)
  block.set(keyBytes.length > BLOCK_BYTES ? await sha256(keyBytes) : keyBytes)
  const inner = await sha256(concat(xor(block, 0x36), encoder.encode(text)))
  return hex(await sha256(concat(xor(block, 0x5c), inner)))
}

async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
}

function xor(bytes, value) {
  return bytes.map((byte) => byte ^ value)
}

function concat(first, second) {
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
