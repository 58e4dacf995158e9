import { send, stringify } from './bridge.mjs'
import { TextEncoder, bytesOf, fromBase64, toBase64 } from './encoding.mjs'

/** Bytes: what the web platform allows for one `getRandomValues`. */
const MAX_RANDOM = 65_536
/** Bytes: what is digested crosses to the runner process as text of at most 1 MiB. */
const MAX_DIGEST = 768 * 1024

/**
 * Random numbers and digests, made by the runner process by node:crypto: the engine alone has no source of randomness
 * that secrets may be made from. They cost no call of the host.
 */
export const crypto = Object.freeze({
  randomUUID: () => send(0, 'local.uuid', ''),

  /**
   * @template {ArrayBufferView} T
   * @param {T} view
   * @returns {T}
   */
  getRandomValues(view) {
    const bytes = bytesOf(view)
    if (bytes.length > MAX_RANDOM) throw new RangeError('At most 65536 random bytes at once.')
    bytes.set(fromBase64(send(0, 'local.random', `${bytes.length}`)))
    return view
  },

  subtle: Object.freeze({
    /**
     * @param {string | { name: string }} algorithm SHA-1, SHA-256, SHA-384 or SHA-512
     * @param {ArrayBuffer | ArrayBufferView} data
     * @returns {Promise<ArrayBuffer>}
     */
    async digest(algorithm, data) {
      return local('local.digest', { algorithm: nameOf(algorithm), data: toBase64(limited(bytesOf(data))) })
    },
  }),

  /**
   * The keyed hash of RFC 2104, e.g. for signatures of webhooks.
   *
   * @param {string} algorithm SHA-1, SHA-256, SHA-384 or SHA-512
   * @param {string | ArrayBuffer | ArrayBufferView} key
   * @param {string | ArrayBuffer | ArrayBufferView} data
   * @returns {Promise<ArrayBuffer>}
   */
  async hmac(algorithm, key, data) {
    return local('local.hmac', {
      algorithm: nameOf(algorithm),
      key: toBase64(limited(key)),
      data: toBase64(limited(data)),
    })
  },
})

const nameOf = (algorithm) => `${typeof algorithm === 'object' ? algorithm?.name : algorithm}`

function limited(data) {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : bytesOf(data)
  if (bytes.length > MAX_DIGEST) throw new RangeError('At most 768 KiB can be hashed at once.')
  return bytes
}

function local(operation, input) {
  const answer = send(0, operation, stringify(input))
  if (answer === '') throw new TypeError('Known algorithms are SHA-1, SHA-256, SHA-384 and SHA-512.')
  return fromBase64(answer).buffer
}
