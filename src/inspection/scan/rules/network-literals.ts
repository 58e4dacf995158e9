import type { AnyNode } from 'acorn'
import { quote } from '../../../archive/quote.ts'
import { matchesHost } from '../../../lib/host-pattern.ts'
import type { Cursor } from '../cursor.ts'
import type { PluginFacts, RuleRun } from '../rule.ts'

const URL_START = /^\s*((?:https?|wss?|ftp):\/\/[^\s"'`<>\\]{1,2000})/i
const URL_INSIDE = /\b((?:https?|wss?|ftp):\/\/[^\s"'`<>\\)\]]{1,2000})/gi
/** Names of XML and JSON vocabularies, and what is reserved for examples (RFC 2606, 6761): nobody is called there. */
const NO_PLACE =
  /(?:^|\.)(?:w3\.org|json-schema\.org|schema\.org|schemas\.microsoft\.com|schemas\.xmlsoap\.org|purl\.org|xmlns\.com|ogp\.me|sitemaps\.org|openxmlformats\.org|opengis\.net)$|(?:^|\.)example(?:\.(?:com|net|org))?$|\.(?:test|invalid)$/
/** What is only read by people. */
const FOR_PEOPLE =
  /Error$|^(?:console|@ctx\.log)\.|\b(?:deprecate|warn|warning|invariant|assert|describe|log|debug)$/
const DEFAULT_PORTS: Readonly<Record<string, number | undefined>> = { 'http:': 80, 'ws:': 80, 'ftp:': 21 }
const HTTPS = 443

/** Addresses in texts whose host the manifest does not allow: the call would fail, or is meant to be made another way. */
export function networkLiterals({ manifest }: PluginFacts): RuleRun {
  const allowed = manifest?.network.allow ?? []
  return {
    module: (_file, tell) => {
      const told = new Set<string>()
      const look = (node: AnyNode, text: string, isWhole: boolean, cursor: Cursor): void => {
        if (!text.includes('://')) return
        for (const address of addressesIn(text)) {
          const host = foreignHost(address, isWhole, allowed)
          if (host === null || told.has(host) || isForPeople(cursor)) continue
          told.add(host)
          const message = `${quote(host)} is not in "network.allow" of the manifest. Add it there if the plugin calls it, or leave the address out.`
          tell(node, message)
        }
      }
      return {
        Literal: (node, cursor) => {
          if (typeof node.value === 'string') look(node, node.value, true, cursor)
        },
        TemplateElement: (node, cursor) => look(node, node.value.cooked ?? '', node.tail, cursor),
      }
    },
  }
}

/** The address that a text is, or those in it where it is no prose. */
function* addressesIn(text: string): Iterable<string> {
  const start = URL_START.exec(text)?.[1]
  if (start !== undefined) yield start
  else if (!/[a-z]{2,} [a-z]{2,}/i.test(text)) {
    for (const { 1: address } of text.matchAll(URL_INSIDE)) if (address !== undefined) yield address
  }
}

/** Null where it is allowed, goes nowhere, or only begins here (`https://api.${region}`). */
function foreignHost(address: string, isWhole: boolean, allowed: readonly string[]): string | null {
  if (!isWhole && !/^\w+:\/\/[^/?#]+[/?#]/.test(address)) return null
  const url = URL.parse(address)
  if (url === null || url.hostname === '' || !/[.:]|^localhost$/.test(url.hostname)) return null
  const host = url.hostname.replace(/\.$/, '')
  // `new URL(path, 'http://localhost')` is how paths are taken apart.
  if (url.host === 'localhost' || NO_PLACE.test(host) || /[{}%]/.test(address.slice(0, host.length + 8)))
    return null
  const port = url.port === '' ? (DEFAULT_PORTS[url.protocol] ?? HTTPS) : Number(url.port)
  return allowed.some((pattern) => matchesHost(pattern, host, port)) ? null : url.host
}

/** Part of what an error or a log line says. */
function isForPeople({ ancestors, origins, scope }: Cursor): boolean {
  return ancestors.slice(-4).some((node) => {
    if (node.type === 'ThrowStatement') return true
    if (node.type !== 'CallExpression' && node.type !== 'NewExpression') return false
    const { callee } = node
    const name =
      origins.of(callee, scope) ??
      (callee.type === 'Identifier'
        ? callee.name
        : callee.type === 'MemberExpression' && callee.property.type === 'Identifier'
          ? callee.property.name
          : '')
    return FOR_PEOPLE.test(name)
  })
}
