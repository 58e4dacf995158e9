import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { bareHost } from '../../lib/host-pattern.ts'

/**
 * What kind of private thing a host is, in words; null where it is none that one can tell by its name. Only a literal
 * address is `certain`: what a name leads to is asked when it is called, and may be allowed there by configuration.
 */
export function privateHost(host: string): { what: string; certain: boolean } | null {
  const name = bareHost(URL.parse(`http://${host.replace(/^\*\./, '')}/`)?.hostname ?? host)
  if (isIP(name) !== 0) {
    const what = privateAddress(name)
    return what === null ? null : { what, certain: true }
  }
  if (PRIVATE_SUFFIXES.some((suffix) => name === suffix || name.endsWith(`.${suffix}`))) {
    return { what: 'a name of local networks or of a cloud for its own machines', certain: false }
  }
  if (ECHOING_SUFFIXES.some((suffix) => name === suffix || name.endsWith(`.${suffix}`))) {
    return { what: 'a name that leads to whatever address stands in it', certain: false }
  }
  if (!host.startsWith('*') && !name.includes('.')) {
    return { what: 'a name of one label, which only a local network knows', certain: false }
  }
  return null
}

/** Top-level names that are never delegated (RFC 6761, 6762, 8375; ICANN's `.internal`), and those in common use. */
const PRIVATE_SUFFIXES = [
  'localhost',
  'localdomain',
  'local',
  'internal',
  'intranet',
  'private',
  'corp',
  'home',
  'home.arpa',
  'lan',
]
/** Public services that answer with the address in the name, or with 127.0.0.1. */
const ECHOING_SUFFIXES = ['nip.io', 'sslip.io', 'xip.io', 'localtest.me', 'lvh.me', 'vcap.me']

/** Azure's wire server: a public address that only serves machines their own metadata. */
const METADATA: ReadonlySet<string> = new Set(['168.63.129.16'])
/** All that IANA has given out of IPv6 unicast (RFC 4291, 2.4). */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')

function privateAddress(text: string): string | null {
  const address = ipaddr.parse(text)
  const range = address.range()
  if (address instanceof ipaddr.IPv4) {
    if (METADATA.has(text)) return 'the address of a metadata service'
    return range === 'unicast' ? null : `no public address (${range})`
  }
  // IPv4 in IPv6 (mapped, translated, 6to4, Teredo) has other ranges: written so, it is only meant to deceive.
  if (range === 'unicast' && address.match(GLOBAL_UNICAST)) return null
  return `no public address (${range === 'unicast' ? 'not given out' : range})`
}
