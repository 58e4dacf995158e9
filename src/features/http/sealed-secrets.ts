import { randomBytes } from 'node:crypto'

/** A secret that plugin code never sees: it may go to these hosts alone. */
export interface SealedSecret {
  key: string
  /** Entries of an allow-list; never empty. */
  hosts: readonly string[]
}

/** A secret in a request, and what stands for it. */
export interface Opened extends SealedSecret {
  placeholder: string
  value: string
}

/** Guessed by nobody: a plugin that was told none has none. */
const RANDOM_BYTES = 16
/** Letters, digits, `.`, `_` and `-` alone: it comes unchanged through URLs, forms, JSON and base64. */
const PLACEHOLDER = /sealed\.[A-Z][A-Z0-9_]{0,63}\.[A-Za-z0-9_-]{22}/g

/**
 * Stand-ins for the sealed secrets of one invocation. They are drawn anew for each invocation, and worth nothing in
 * another one, or anywhere but in `ctx.http`.
 */
export class SealedSecrets {
  #sealed: readonly SealedSecret[]
  #read: (key: string) => Promise<string | null>
  #placeholders = new Map<string, string>()
  #values = new Map<string, Promise<string | null>>()

  constructor(sealed: readonly SealedSecret[], read: (key: string) => Promise<string | null>) {
    this.#sealed = sealed
    this.#read = read
  }

  isSealed(key: string): boolean {
    return this.#sealed.some((secret) => secret.key === key)
  }

  /** What stands for a secret in this invocation; null where it is not set. */
  async placeholder(key: string): Promise<string | null> {
    return (await this.#value(key)) === null ? null : this.#placeholderOf(key)
  }

  /** Those whose placeholders stand in any of these texts. */
  async namedIn(texts: readonly string[]): Promise<Opened[]> {
    const named = new Set(texts.flatMap((text) => text.match(PLACEHOLDER) ?? []))
    const all = await this.all()
    return all.filter(({ placeholder }) => named.has(placeholder))
  }

  /** All that are set. */
  async all(): Promise<Opened[]> {
    const opened = await Promise.all(
      this.#sealed.map(async (secret) => ({ ...secret, value: await this.#value(secret.key) })),
    )
    return opened.flatMap(({ value, ...secret }) =>
      value === null ? [] : [{ ...secret, value, placeholder: this.#placeholderOf(secret.key) }],
    )
  }

  #value(key: string): Promise<string | null> {
    const known = this.#values.get(key) ?? this.#read(key)
    this.#values.set(key, known)
    return known
  }

  #placeholderOf(key: string): string {
    const known =
      this.#placeholders.get(key) ?? `sealed.${key}.${randomBytes(RANDOM_BYTES).toString('base64url')}`
    this.#placeholders.set(key, known)
    return known
  }
}
