import type { JsonValue } from '../../lib/json.ts'
import { didYouMean } from '../closest.ts'
import { printable, quote } from '../quote.ts'
import { ANY_PLACEHOLDER, SECRET_PLACEHOLDER } from '../webhook.ts'
import { factsOfSource } from './modules.ts'
import { privateHost } from './private-hosts.ts'

/**
 * What is wrong with an address that a webhook goes to, placeholders still in it.
 *
 * @param opened whether configuration lets a private host be reached; left out where nobody knows whose configuration it will be
 */
export function* urlFaults(
  url: string,
  opened?: (host: string, port: number) => boolean,
): Generator<{ message: string; severity: 'ERROR' | 'WARNING' }> {
  if (/^\$\{SECRET:[A-Z][A-Z0-9_]*\}$/.test(url)) return
  const address = URL.parse(url.replaceAll(SECRET_PLACEHOLDER, 'secret'))
  if (address === null || !/^https?:$/.test(address.protocol)) {
    yield {
      severity: 'ERROR',
      message: `${quote(url)} is no web address. Write "https://…" or "\${SECRET:WEBHOOK_URL}".`,
    }
    return
  }
  if (/^[a-z]+:\/\/[^/?#]*\$\{SECRET:/i.test(url)) {
    yield {
      severity: 'ERROR',
      message:
        'A secret within the host hides where it goes to. Make the whole address a secret, or a part of the path.',
    }
    return
  }
  if (address.username !== '' || address.password !== '') {
    yield {
      severity: 'ERROR',
      message: 'A user or password stands in the address. Make the whole address a secret.',
    }
  }
  const isOpened = opened?.(address.hostname, Number(address.port || DEFAULT_PORT[address.protocol])) ?? false
  if (address.protocol === 'http:' && !isOpened) {
    yield {
      severity: opened === undefined ? 'WARNING' : 'ERROR',
      message:
        'Over http deliveries could be read on their way: they go to hosts alone that the operator has opened (PATCHBAY_EGRESS_ALLOW). Write "https://…".',
    }
  }
  const found = privateHost(address.hostname)
  if (found !== null && !isOpened) {
    const message = `${quote(address.hostname)} is ${found.what}. Name a public host, or make the address a secret that each site gives.`
    yield { severity: found.certain ? 'ERROR' : 'WARNING', message }
  }
}

const DEFAULT_PORT: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }

/** A `${…}` of a webhook; `key` is null where it names no secret. */
export interface Placeholder {
  at: PropertyKey[]
  placeholder: string
  key: string | null
}

/** Every placeholder of a webhook file, but in code, where `${…}` is a template. */
export function* placeholdersOf(value: JsonValue): Generator<Placeholder> {
  for (const { text, at } of textsOf(value, [])) {
    for (const [placeholder] of text.matchAll(ANY_PLACEHOLDER)) {
      yield { at, placeholder, key: [...placeholder.matchAll(SECRET_PLACEHOLDER)][0]?.[1] ?? null }
    }
  }
}

/** Words for a `${…}` that stands for nothing. */
export function noPlaceholder(placeholder: string): string {
  return `${quote(placeholder)} is no placeholder. Write "\${SECRET:KEY}" with the key of a secret.`
}

/** What is wrong with a transform that stands in the YAML; `line` is one of its own, from 1. */
interface InlineFault {
  message: string
  /** Null: it is about all of it. */
  line: number | null
}

/** What is wrong with a transform that stands in the YAML; null where nothing is. */
export function inlineFault(source: string): InlineFault | null {
  const { fault, imports, exports } = factsOfSource(source)
  if (fault !== null) return fault
  const foreign = imports.find(({ specifier }) => specifier !== 'patchbay')
  if (foreign !== undefined) {
    const message = `${quote(foreign.specifier)} cannot be imported: a module in a webhook stands alone, and has only "patchbay".`
    return { message, line: foreign.line }
  }
  const message = exportFault('transform', exports)
  return message === null ? null : { message, line: null }
}

/** `*`: it exports what another module does, which only shows when it runs. */
export function exportFault(
  name: string,
  exports: ReadonlySet<string>,
  parameters = 'ctx, event',
): string | null {
  if (exports.has(name) || exports.has('*')) return null
  return `The module exports no ${quote(name)}. Write "export function ${printable(name)}(${parameters}) { … }" there.${didYouMean(name, exports)}`
}

function* textsOf(value: JsonValue, at: PropertyKey[]): Generator<{ text: string; at: PropertyKey[] }> {
  if (at[0] === 'transform') return
  if (typeof value === 'string') yield { text: value, at }
  else if (typeof value === 'object' && value !== null) {
    for (const [key, child] of Object.entries(value))
      yield* textsOf(child, [...at, Array.isArray(value) ? Number(key) : key])
  }
}
