import { isIP, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'

/**
 * From where an address is reached: PUBLIC, global unicast; PRIVATE, one's own network or machine, which configuration
 * may open; NONE, which no server that anyone means has (multicast, link-local and metadata services, documentation, …).
 */
export type Reach = 'PUBLIC' | 'PRIVATE' | 'NONE'

/**
 * The reach of an address in its usual notation. IPv6 that is translated to or tunnelled over IPv4 reaches what the
 * IPv4 address in it does.
 */
export function addressReach(address: string): Reach {
  if (isIP(address) === 0 || address.includes('%')) return 'NONE'
  return isIPv6(address)
    ? reachOfV6(ipaddr.IPv6.parse(inHex(address)))
    : reachOfV4(ipaddr.IPv4.parse(address))
}

/** IPv6 without dotted parts: ipaddr.js 2.5 takes `::127.0.0.1` for `::ffff:127.0.0.1`, which is another address. */
function inHex(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1)
}

function reachOfV4(address: ipaddr.IPv4): Reach {
  const range = address.range()
  if (range === 'unicast') return METADATA.has(address.toString()) ? 'NONE' : 'PUBLIC'
  return PRIVATE_RANGES.has(range) ? 'PRIVATE' : 'NONE'
}

function reachOfV6(address: ipaddr.IPv6): Reach {
  const range = address.range()
  if (PRIVATE_RANGES.has(range)) return 'PRIVATE'
  if (range === 'unicast' && !address.match(GLOBAL_UNICAST)) return 'NONE'
  const embedded = embeddedV4(address)
  if (embedded !== null) return leastOf(embedded.map(reachOfV4))
  return range === 'unicast' ? 'PUBLIC' : 'NONE'
}

/** By which names ipaddr.js calls the ranges of one's own network and machine. */
const PRIVATE_RANGES: ReadonlySet<string> = new Set(['private', 'loopback', 'carrierGradeNat', 'uniqueLocal'])

/** Services of a cloud for its own machines that have a public address: Azure's wire server. */
const METADATA: ReadonlySet<string> = new Set(['168.63.129.16'])

/** All that IANA has given out of IPv6 unicast (RFC 4291, 2.4); ipaddr.js calls the rest `unicast` too. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')

/**
 * The IPv4 addresses that packets to this one may end at; null where there are none in it. IPv4-compatible addresses
 * (RFC 4291, 2.5.5.1) and the local-use NAT64 prefix (RFC 8215) are not here: they lie outside of what is public.
 */
function embeddedV4(address: ipaddr.IPv6): ipaddr.IPv4[] | null {
  const [, p1, p2, p3, p4, p5, p6, p7] = address.parts as EightParts
  const last = v4(p6, p7)
  const range: string = address.range()
  switch (range) {
    case 'ipv4Mapped':
    case 'rfc6145':
      return [last]
    case 'rfc6052':
      return p2 === 0 ? [last] : null
    case '6to4':
      return [v4(p1, p2)]
    case 'teredo':
      // Server, and the client's address with all bits turned over (RFC 4380, 4).
      return [v4(p2, p3), v4(p6 ^ 0xffff, p7 ^ 0xffff)]
    default:
      return range === 'unicast' && isIsatap(p4, p5) ? [last] : null
  }
}

type EightParts = [number, number, number, number, number, number, number, number]

function v4(high: number, low: number): ipaddr.IPv4 {
  return new ipaddr.IPv4([high >> 8, high & 0xff, low >> 8, low & 0xff])
}

/** The interface identifier `[00|02]00:5EFE` (RFC 5214, 6.1), whatever its universal and group bits. */
function isIsatap(p4: number, p5: number): boolean {
  return (p4 & ~0x0300) === 0 && p5 === 0x5efe
}

function leastOf(reaches: readonly Reach[]): Reach {
  if (reaches.includes('NONE')) return 'NONE'
  return reaches.includes('PRIVATE') ? 'PRIVATE' : 'PUBLIC'
}
