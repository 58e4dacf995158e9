import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto'

/** Bytes; what the web platform allows at once. */
const MAX_RANDOM = 65_536
/** Characters of one question: a digest of 768 KiB in base64. */
const MAX_TEXT = 1024 * 1024 + 1024

const HASHES = new Map([
  ['sha-1', 'sha1'],
  ['sha-256', 'sha256'],
  ['sha-384', 'sha384'],
  ['sha-512', 'sha512'],
])

/**
 * What the guest asks this process itself for, since V8 alone does not have it. Answers at once, from the text alone,
 * and '' to whatever it cannot do. Bounded by size, and by the clock that the asking invocation runs under.
 *
 * @param {string} operation `local.…`
 * @param {string} text
 * @returns {string}
 */
export function answerLocally(operation, text) {
  if (text.length > MAX_TEXT) return ''
  switch (operation) {
    case 'local.uuid':
      return randomUUID()
    case 'local.random':
      return random(Number(text))
    case 'local.digest': {
      const { algorithm, data } = JSON.parse(text)
      const hash = HASHES.get(String(algorithm).toLowerCase())
      return hash ? createHash(hash).update(Buffer.from(data, 'base64')).digest('base64') : ''
    }
    case 'local.hmac': {
      const { algorithm, key, data } = JSON.parse(text)
      const hash = HASHES.get(String(algorithm).toLowerCase())
      return hash
        ? createHmac(hash, Buffer.from(key, 'base64')).update(Buffer.from(data, 'base64')).digest('base64')
        : ''
    }
    case 'local.url':
      return url(JSON.parse(text))
    default:
      return ''
  }
}

function random(length) {
  return Number.isInteger(length) && length > 0 && length <= MAX_RANDOM
    ? randomBytes(length).toString('base64')
    : ''
}

const SETTABLE = new Set([
  'protocol',
  'username',
  'password',
  'host',
  'hostname',
  'port',
  'pathname',
  'search',
  'hash',
])

function url(question) {
  const parsed = URL.parse(
    String(question.url),
    question.base === undefined ? undefined : String(question.base),
  )
  if (!parsed) return ''
  if (SETTABLE.has(question.set)) parsed[question.set] = String(question.value)
  const { href, origin, protocol, username, password, host, hostname, port, pathname, search, hash } = parsed
  return JSON.stringify({
    href,
    origin,
    protocol,
    username,
    password,
    host,
    hostname,
    port,
    pathname,
    search,
    hash,
  })
}
