import { TextDecoder, TextEncoder } from './encoding.mjs'

/**
 * Makes parameters those of a URL, which hears of every change.
 *
 * @type {(params: URLSearchParams, query: string, changed: (query: string) => void) => URLSearchParams}
 */
export let bindParams

/** The list of names and values of a query (url.spec.whatwg.org, "URLSearchParams"). */
export class URLSearchParams {
  /** @type {[string, string][]} */
  #pairs = []
  /** @type {((query: string) => void) | undefined} */
  #changed

  /** @param {unknown} [init] a query, pairs, or an object */
  constructor(init = '') {
    if (typeof init !== 'object' || init === null) {
      this.#pairs = parseQuery(String(init).replace(/^\?/, ''))
    } else if (typeof init[Symbol.iterator] === 'function') {
      for (const pair of init) {
        const [name, value, ...more] = [...pair]
        if (value === undefined || more.length > 0) throw new TypeError('Each pair is a name and a value.')
        this.#pairs.push([well(name), well(value)])
      }
    } else {
      for (const name of Object.keys(init)) this.#pairs.push([well(name), well(init[name])])
    }
  }

  static {
    bindParams = (params, query, changed) => {
      params.#pairs = parseQuery(query)
      params.#changed = changed
      return params
    }
  }

  get size() {
    return this.#pairs.length
  }

  append(name, value) {
    this.#pairs.push([well(name), well(value)])
    this.#update()
  }

  delete(name, value) {
    this.#pairs = this.#pairs.filter(
      ([key, item]) => key !== `${name}` || (value !== undefined && item !== `${value}`),
    )
    this.#update()
  }

  get(name) {
    return this.#pairs.find(([key]) => key === `${name}`)?.[1] ?? null
  }

  getAll(name) {
    return this.#pairs.filter(([key]) => key === `${name}`).map(([, value]) => value)
  }

  has(name, value) {
    return this.#pairs.some(
      ([key, item]) => key === `${name}` && (value === undefined || item === `${value}`),
    )
  }

  set(name, value) {
    const first = this.#pairs.findIndex(([key]) => key === `${name}`)
    if (first < 0) this.#pairs.push([well(name), well(value)])
    else {
      this.#pairs[first] = [well(name), well(value)]
      this.#pairs = this.#pairs.filter(([key], index) => index <= first || key !== `${name}`)
    }
    this.#update()
  }

  sort() {
    this.#pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    this.#update()
  }

  forEach(callback, receiver) {
    for (const [name, value] of this.#pairs) Reflect.apply(callback, receiver, [value, name, this])
  }

  *entries() {
    for (const [name, value] of this.#pairs) yield [name, value]
  }

  *keys() {
    for (const [name] of this.#pairs) yield name
  }

  *values() {
    for (const [, value] of this.#pairs) yield value
  }

  [Symbol.iterator]() {
    return this.entries()
  }

  toString() {
    return this.#pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')
  }

  #update() {
    this.#changed?.(this.toString())
  }
}

const well = (value) => `${value}`.toWellFormed()

function parseQuery(query) {
  return query
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('=')
      return at < 0 ? [decode(part), ''] : [decode(part.slice(0, at)), decode(part.slice(at + 1))]
    })
}

function decode(text) {
  const spaced = text.replaceAll('+', ' ')
  if (!spaced.includes('%')) return spaced.toWellFormed()
  const bytes = new TextEncoder().encode(spaced)
  let length = 0
  for (let at = 0; at < bytes.length; at += 1) {
    const code = bytes[at] === 0x25 ? hexAt(bytes, at + 1) : -1
    bytes[length] = code < 0 ? bytes[at] : code
    if (code >= 0) at += 2
    length += 1
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, length))
}

function hexAt(bytes, at) {
  if (at + 1 >= bytes.length) return -1
  const pair = String.fromCharCode(bytes[at], bytes[at + 1])
  return /^[0-9a-fA-F]{2}$/.test(pair) ? Number.parseInt(pair, 16) : -1
}

function encode(text) {
  return encodeURIComponent(text).replace(/[!'()~]|%20/g, (found) =>
    found === '%20' ? '+' : `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
