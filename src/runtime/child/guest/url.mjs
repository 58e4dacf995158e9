import { parse, send, stringify } from './bridge.mjs'
import { URLSearchParams, bindParams } from './url-search-params.mjs'

const PARTS = ['protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash']

/**
 * The URL of the web platform. The runner process parses, by Node's own parser: one that is written again here would
 * read some URLs otherwise than the HTTP client that they are meant for.
 */
export class URL {
  /** @type {Record<string, string>} */
  #parts
  /** @type {URLSearchParams | undefined} */
  #params

  /**
   * @param {any} url
   * @param {any} [base]
   */
  constructor(url, base) {
    const text = String(url)
    const parts = ask({ url: text, base: base === undefined ? undefined : String(base) })
    if (!parts) throw new TypeError(`Invalid URL: ${text.slice(0, 200)}`)
    this.#parts = parts
  }

  static canParse(url, base) {
    return URL.parse(url, base) !== null
  }

  static parse(url, base) {
    try {
      return new URL(url, base)
    } catch {
      return null
    }
  }

  get href() {
    return this.#parts.href
  }
  set href(value) {
    const parts = ask({ url: text(value) })
    if (!parts) throw new TypeError('Invalid URL')
    this.#replace(parts)
  }

  get origin() {
    return this.#parts.origin
  }

  get searchParams() {
    this.#params ??= this.#bind(new URLSearchParams())
    return this.#params
  }

  toString() {
    return this.#parts.href
  }

  toJSON() {
    return this.#parts.href
  }

  #bind(params) {
    return bindParams(params, this.#parts.search.slice(1), (query) => {
      const parts = ask({ url: this.#parts.href, set: 'search', value: query })
      if (parts) this.#parts = parts
    })
  }

  #replace(parts) {
    this.#parts = parts
    if (this.#params) this.#bind(this.#params)
  }

  static {
    for (const part of PARTS) {
      Object.defineProperty(this.prototype, part, {
        configurable: true,
        enumerable: true,
        get() {
          return this.#parts[part]
        },
        set(value) {
          const parts = ask({ url: this.#parts.href, set: part, value: `${value}` })
          if (parts) this.#replace(parts)
        },
      })
    }
  }
}

const text = (value) => `${value}`

/** Longer ones are refused by every server. Characters. */
const MAX_URL = 64 * 1024

function ask(question) {
  if (question.url.length > MAX_URL) return undefined
  const answer = send(0, 'local.url', stringify(question))
  return answer === '' ? undefined : parse(answer)
}
