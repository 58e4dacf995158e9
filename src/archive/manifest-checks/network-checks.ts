import { quote } from '../quote.ts'
import { manifestCheck, type Problem } from './manifest-check.ts'

/** Letters, digits and inner hyphens (RFC 1123), lower-case by now; names of other scripts stand in Punycode. */
const LABEL = String.raw`[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?`
/** `api.example.com`, `*.example.org:8443`, `*`; IPv6 stands in brackets. */
const HOST = new RegExp(
  String.raw`^(?:\*|(?:\*\.)?${LABEL}(?:\.${LABEL})*|\[[0-9a-f:.]{2,45}\])(?::([1-9]\d{0,4}))?$`,
)
const MAX_PORT = 65_535
/** Bytes of a host name in the DNS (RFC 1035). */
const MAX_HOST = 253 + ':65535'.length

/** Whom the plugin calls. */
export const networkChecks = [
  manifestCheck({
    name: 'manifest.network.required',
    category: 'PERMISSIONS',
    needs: ['permissions', 'network'],
    *run({ permissions, network }) {
      const asked = permissions.some(({ permission }) => permission === 'http:outbound')
      if (asked && network.allow.length === 0) {
        const message =
          '"http:outbound" gives nothing without hosts. Add {"network": {"allow": ["api.example.com"]}}.'
        yield { message, at: ['network'] }
      }
      if (!asked && network.allow.length > 0) {
        const message = '"network" gives nothing without the permission "http:outbound". Ask for it.'
        yield { severity: 'WARNING', message, at: ['network'] }
      }
    },
  }),
  manifestCheck({
    name: 'manifest.network.hosts',
    category: 'PERMISSIONS',
    needs: ['network'],
    *run({ network }) {
      yield* wrongHosts(network.allow, ['network', 'allow'])
    },
  }),
  manifestCheck({
    name: 'manifest.secrets.hosts',
    category: 'PERMISSIONS',
    needs: ['secrets'],
    *run({ secrets }) {
      for (const [index, { hosts }] of secrets.entries())
        yield* wrongHosts(hosts, ['secrets', index, 'hosts'])
    },
  }),
]

function* wrongHosts(hosts: string[], at: PropertyKey[]): Iterable<Problem> {
  for (const [index, host] of hosts.entries()) {
    if (isHostPattern(host)) continue
    const message = `${quote(host)} is no host. Write "api.example.com", "*.example.org" or "api.example.com:8443", without scheme and path.`
    yield { message, at: [...at, index] }
  }
}

function isHostPattern(host: string): boolean {
  const match = HOST.exec(host)
  if (!match || host.length > MAX_HOST) return false
  return match[1] === undefined || Number(match[1]) <= MAX_PORT
}
