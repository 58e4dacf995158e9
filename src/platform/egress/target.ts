import { isIP } from 'node:net'
import { bareHost, isDnsName } from '../../lib/host-pattern.ts'
import { KiB } from '../../lib/units.ts'
import { EgressRefused } from './egress-refused.ts'

/** Where a request goes. */
export interface Target {
  /** Without fragment, user and root's dot. */
  readonly url: URL
  /** A name, or an address without brackets. */
  readonly host: string
  readonly port: number
  /** Whether `host` is an address, for which no resolver is asked. */
  readonly literal: boolean
}

/**
 * Parses a URL, once, by the WHATWG's rules, under which the odd spellings of an address (`0x7f.1`, `2130706433`,
 * full-width digits, percent-encoding) are the address. Relative to `base`, where one is given. Throws EgressRefused.
 */
export function parseTarget(text: string, base?: URL): Target {
  if (text.length > MAX_URL_LENGTH)
    throw new EgressRefused('URL', `The URL is longer than ${MAX_URL_LENGTH} characters.`)
  const url = URL.parse(text, base)
  if (url === null) throw new EgressRefused('URL', 'This is no URL. Write one like https://example.com/file.')
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new EgressRefused('SCHEME', 'Only http and https URLs are fetched.')
  if (url.username !== '' || url.password !== '')
    throw new EgressRefused('URL', 'A URL with a user name or password is not fetched: leave them out.')

  const host = bareHost(url.hostname)
  const bracketed = url.hostname.startsWith('[')
  if (!bracketed && !isDnsName(host))
    throw new EgressRefused('URL', 'The host of the URL is no name that the DNS could have.')
  const port = url.port === '' ? DEFAULT_PORTS[url.protocol] : Number(url.port)
  if (port === 0 || BLOCKED_PORTS.has(port))
    throw new EgressRefused('PORT', `Port ${port} is not one of web servers: nothing is fetched from it.`)
  url.hash = ''
  if (!bracketed) url.hostname = host
  return { url, host, port, literal: isIP(host) !== 0 }
}

/** Longer ones are refused by most servers. */
const MAX_URL_LENGTH = 8 * KiB
const DEFAULT_PORTS = { 'http:': 80, 'https:': 443 } as const
/**
 * "Bad ports" of the WHATWG Fetch Standard: services that would take a line of a request for a command of theirs, e.g.
 * 25 (SMTP) and 6667 (IRC).
 */
const BLOCKED_PORTS: ReadonlySet<number> = new Set([
  1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
  109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515,
  526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049,
  3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10_080,
])
