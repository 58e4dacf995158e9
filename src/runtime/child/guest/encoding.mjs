/** UTF-8 and base64 as the web platform has them (encoding.spec.whatwg.org, HTML's `atob` and `btoa`). */

const fromCodePoint = String.fromCodePoint

/** Turns text into UTF-8. */
export class TextEncoder {
  get encoding() {
    return 'utf-8'
  }

  /** @param {any} [text] */
  encode(text = '') {
    const source = `${text}`.toWellFormed()
    const bytes = new Uint8Array(source.length * 3)
    const { written } = this.encodeInto(source, bytes)
    return bytes.slice(0, written)
  }

  /**
   * @param {any} text
   * @param {Uint8Array} target
   * @returns {{ read: number, written: number }}
   */
  encodeInto(text, target) {
    const source = `${text}`.toWellFormed()
    let read = 0
    let written = 0
    while (read < source.length) {
      const point = source.codePointAt(read)
      const size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
      if (written + size > target.length) break
      if (size === 1) target[written] = point
      else {
        for (let index = size - 1; index > 0; index -= 1) {
          target[written + index] = 0x80 | ((point >> (6 * (size - 1 - index))) & 0x3f)
        }
        target[written] = LEADS[size] | (point >> (6 * (size - 1)))
      }
      written += size
      read += point > 0xffff ? 2 : 1
    }
    return { read, written }
  }
}

const LEADS = [0, 0, 0xc0, 0xe0, 0xf0]

/** Turns UTF-8 into text; other encodings are not there. */
export class TextDecoder {
  #fatal
  #ignoreBOM
  #rest = new Uint8Array(0)
  #started = false

  /**
   * @param {string} [label]
   * @param {{ fatal?: boolean, ignoreBOM?: boolean }} [options]
   */
  constructor(label = 'utf-8', options = {}) {
    if (!/^\s*(utf-?8|unicode-1-1-utf-8)\s*$/i.test(label)) {
      throw new RangeError('Only utf-8 can be decoded in a plugin.')
    }
    this.#fatal = Boolean(options.fatal)
    this.#ignoreBOM = Boolean(options.ignoreBOM)
  }

  get encoding() {
    return 'utf-8'
  }
  get fatal() {
    return this.#fatal
  }
  get ignoreBOM() {
    return this.#ignoreBOM
  }

  /**
   * @param {ArrayBuffer | ArrayBufferView} [input]
   * @param {{ stream?: boolean }} [options]
   */
  decode(input, options = {}) {
    const fresh = bytesOf(input ?? new Uint8Array(0))
    const bytes = new Uint8Array(this.#rest.length + fresh.length)
    bytes.set(this.#rest)
    bytes.set(fresh, this.#rest.length)
    this.#rest = new Uint8Array(0)
    const parts = []
    let text = ''
    let at = 0
    while (at < bytes.length) {
      const { point, size } = decodePoint(bytes, at)
      if (point === INCOMPLETE && options.stream) {
        this.#rest = bytes.slice(at)
        break
      }
      if (point < 0 && this.#fatal) throw new TypeError('The bytes are not valid UTF-8.')
      const bom = point === 0xfeff && !this.#started && !this.#ignoreBOM
      this.#started = true
      if (!bom) text += fromCodePoint(point < 0 ? 0xfffd : point)
      if (text.length > 4096) {
        parts.push(text)
        text = ''
      }
      at += size
    }
    if (!options.stream) this.#started = false
    return parts.join('') + text
  }
}

const INVALID = -1
const INCOMPLETE = -2

/** One code point; a broken one is as long as its longest good beginning, as the standard says. */
function decodePoint(bytes, at) {
  const first = bytes[at]
  if (first < 0x80) return { point: first, size: 1 }
  const length =
    first >= 0xc2 && first < 0xe0
      ? 2
      : first >= 0xe0 && first < 0xf0
        ? 3
        : first >= 0xf0 && first < 0xf5
          ? 4
          : 0
  if (length === 0) return { point: INVALID, size: 1 }
  let point = first & (0xff >> (length + 1))
  for (let index = 1; index < length; index += 1) {
    if (at + index >= bytes.length) return { point: INCOMPLETE, size: index }
    const next = bytes[at + index]
    const [low, high] = index === 1 ? secondByte(first) : [0x80, 0xbf]
    if (next < low || next > high) return { point: INVALID, size: index }
    point = (point << 6) | (next & 0x3f)
  }
  return { point, size: length }
}

/** What may stand second keeps overlong forms, surrogates and what is beyond U+10FFFF out. */
function secondByte(first) {
  if (first === 0xe0) return [0xa0, 0xbf]
  if (first === 0xed) return [0x80, 0x9f]
  if (first === 0xf0) return [0x90, 0xbf]
  if (first === 0xf4) return [0x80, 0x8f]
  return [0x80, 0xbf]
}

/**
 * The bytes of a buffer or of a view on one.
 *
 * @param {ArrayBuffer | ArrayBufferView} source
 * @returns {Uint8Array}
 */
export function bytesOf(source) {
  if (source instanceof ArrayBuffer) return new Uint8Array(source)
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
  throw new TypeError('Bytes are given as an ArrayBuffer or a view on one.')
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const VALUES = new Uint8Array(128)
for (let value = 0; value < ALPHABET.length; value += 1) VALUES[ALPHABET.charCodeAt(value)] = value

/**
 * @param {Uint8Array} bytes
 * @returns {string} base64 with padding
 */
export function toBase64(bytes) {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at
    const group = (bytes[at] << 16) | ((left > 1 ? bytes[at + 1] : 0) << 8) | (left > 2 ? bytes[at + 2] : 0)
    text += ALPHABET[group >> 18] + ALPHABET[(group >> 12) & 63]
    text += (left > 1 ? ALPHABET[(group >> 6) & 63] : '=') + (left > 2 ? ALPHABET[group & 63] : '=')
  }
  return text
}

/** @param {any} binary characters up to U+00FF */
export function btoa(binary) {
  const text = `${binary}`
  const bytes = new Uint8Array(text.length)
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code > 0xff) throw new RangeError('btoa takes characters up to U+00FF only.')
    bytes[index] = code
  }
  return toBase64(bytes)
}

/** @param {any} base64 */
export function atob(base64) {
  const bytes = fromBase64(base64)
  const parts = []
  for (let at = 0; at < bytes.length; at += 4096) {
    parts.push(String.fromCharCode(...bytes.subarray(at, at + 4096)))
  }
  return parts.join('')
}

/**
 * @param {any} base64
 * @returns {Uint8Array}
 */
export function fromBase64(base64) {
  let text = `${base64}`.replace(/[\t\n\f\r ]/g, '')
  if (text.length % 4 === 0) text = text.replace(/={1,2}$/, '')
  if (text.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(text)) throw new SyntaxError('The text is not base64.')
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let group = 0
  let bits = 0
  let at = 0
  for (let index = 0; index < text.length; index += 1) {
    group = (group << 6) | VALUES[text.charCodeAt(index)]
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes[at++] = (group >> bits) & 0xff
      group &= (1 << bits) - 1
    }
  }
  return bytes
}
