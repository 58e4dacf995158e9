import { isIP } from 'node:net'
import { parseHostPattern } from '../../lib/host-pattern.ts'
import { quote } from '../quote.ts'
import { manifestCheck, type Problem } from './manifest-check.ts'
import { privateHost } from './private-hosts.ts'

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
  /**
   * A private address in a manifest is an ERROR: it would mean another machine at each site, and reaches what lies
   * behind the firewall. A name that is usually private is a WARNING, since the operator of a site may allow it.
   */
  manifestCheck({
    name: 'manifest.network.private',
    category: 'PERMISSIONS',
    needs: ['network'],
    *run({ network }) {
      yield* privateHosts(network.allow, ['network', 'allow'])
    },
  }),
  manifestCheck({
    name: 'manifest.secrets.hosts',
    category: 'PERMISSIONS',
    needs: ['secrets'],
    *run({ secrets }) {
      for (const [index, { hosts }] of secrets.entries()) {
        const at = ['secrets', index, 'hosts']
        yield* wrongHosts(hosts, at)
        yield* privateHosts(hosts, at)
      }
    },
  }),
]

function* wrongHosts(hosts: string[], at: PropertyKey[]): Iterable<Problem> {
  for (const [index, host] of hosts.entries()) {
    const pattern = parseHostPattern(host)
    if (
      pattern !== null &&
      pattern.wildcard &&
      /^[^.\d][^.]*$/.test(pattern.host ?? '') &&
      privateHost(host) === null
    ) {
      const message = `${quote(host)} is nearly every host below a top-level domain. Name fewer: "*.example.org".`
      yield { severity: 'WARNING', message, at: [...at, index] }
    }
    // A top-level domain of digits makes an address of a name for some readers, and no name for others.
    if (pattern !== null && !(pattern.wildcard && /(?:^|\.)\d+$/.test(pattern.host ?? ''))) continue
    const message = `${quote(host)} is no host. ${usualNotation(host)}`
    yield { message, at: [...at, index] }
  }
}

/** `0x7f.1`, `2130706433` and `127.1` are addresses to some programs. */
function usualNotation(host: string): string {
  const meant = /^[0-9a-fx.]+(?::\d+)?$/.test(host) ? URL.parse(`http://${host}/`)?.hostname : undefined
  return meant !== undefined && isIP(meant) === 4
    ? `It is an odd notation of ${meant}: write that.`
    : 'Write "api.example.com", "*.example.org" or "api.example.com:8443", without scheme and path.'
}

function* privateHosts(hosts: string[], at: PropertyKey[]): Iterable<Problem> {
  for (const [index, host] of hosts.entries()) {
    const found = /[\s/?#@\\]|(?!^)\*|^\*(?!\.)/.test(host) ? null : privateHost(host)
    if (found === null) continue
    const message = found.certain
      ? `${quote(host)} is ${found.what}. Name a public host; what lies in a site's own network, the site must be able to choose.`
      : `${quote(host)} is ${found.what}, and nothing there is called unless the operator allows it. Name a public host if you can.`
    yield { severity: found.certain ? 'ERROR' : 'WARNING', message, at: [...at, index] }
  }
}
