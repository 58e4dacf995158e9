import { isIP, isIPv4 } from 'node:net'

/** One entry of an allow-list of hosts, e.g. `api.example.com`, `*.example.org:8443`, `[2001:db8::1]:80`, `*`. */
export interface HostPattern {
  /** In the form of the WHATWG URL: lower-case, Punycode, IPv6 shortened and without brackets. Null: any host. */
  readonly host: string | null
  /** Any one label stands before `host`. */
  readonly wildcard: boolean
  /** Null: the ports that http and https have by default. */
  readonly port: number | null
}

/** What a text means as an entry of an allow-list; null where it is none. */
export function parseHostPattern(text: string): HostPattern | null {
  const match = PATTERN.exec(text)
  if (match === null) return null
  const port = match[3] === undefined ? null : Number(match[3])
  if (port !== null && (port < 1 || port > MAX_PORT)) return null
  const wildcard = match[1] !== undefined
  const name = match[2]!
  if (name === '*') return wildcard ? null : { host: null, wildcard, port }
  const host = canonicalHost(name)
  if (host === null || (wildcard && isIP(host) !== 0)) return null
  return { host, wildcard, port }
}

/**
 * Whether an entry of an allow-list admits a host (as `URL.hostname` gives it) and a port: both exactly, or with one
 * leading `*.` that stands for exactly one label. No port in the entry: 80 and 443. An entry that is none admits
 * nothing, and a wildcard never admits an address.
 */
export function matchesHost(pattern: string, host: string, port: number): boolean {
  const wanted = parseHostPattern(pattern)
  if (wanted === null) return false
  if (wanted.port === null ? !DEFAULT_PORTS.has(port) : wanted.port !== port) return false
  if (wanted.host === null) return true
  const given = bareHost(host)
  if (!wanted.wildcard) return given === wanted.host
  return isIP(given) === 0 && given.replace(/^[^.]+\./, '') === wanted.host && given !== wanted.host
}

/** A host name as it is compared: lower-case, without the brackets of IPv6 and without the root's dot. */
export function bareHost(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
}

/** Whether labels of letters, digits, `-` and `_` make up a name of the DNS (RFC 1035; `_` is common in practice). */
export function isDnsName(text: string): boolean {
  return text.length <= MAX_NAME && DNS_NAME.test(text)
}

const MAX_PORT = 65_535
const DEFAULT_PORTS: ReadonlySet<number> = new Set([80, 443])
/** Bytes of a name in the DNS, written out (RFC 1035, 2.3.4). */
const MAX_NAME = 253
const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?'
const DNS_NAME = new RegExp(String.raw`^${LABEL}(?:\.${LABEL})*$`)
/** Nothing that has a meaning in a URL stands in a name, so that parsing one cannot find more than a host. */
const PATTERN = /^(\*\.)?(\*|[^\s:/?#@\\*[\]%<>^|]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::(\d{1,5}))?$/

/** Null for what is no host, and for the odd notations of IPv4, which nobody writes by intent. */
function canonicalHost(name: string): string | null {
  const hostname = URL.parse(`http://${name}/`)?.hostname
  if (hostname === undefined) return null
  const host = bareHost(hostname)
  if (isIPv4(host)) return host === name ? host : null
  return name.startsWith('[') || isDnsName(host) ? host : null
}
