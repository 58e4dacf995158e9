import { expect, test } from 'vitest'
import { ConfigError } from '../../src/config.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { matchesHost, parseHostPattern } from '../../src/lib/host-pattern.ts'

test.each<[pattern: string, host: string, port: number]>([
  ['api.example.com', 'api.example.com', 443],
  ['api.example.com', 'api.example.com', 80],
  ['API.Example.COM', 'api.example.com', 443],
  ['api.example.com', 'API.example.com', 443],
  ['api.example.com', 'api.example.com.', 443],
  ['api.example.com.', 'api.example.com', 443],
  ['api.example.com:8443', 'api.example.com', 8443],
  ['*.example.org', 'a.example.org', 443],
  ['*.example.org:8443', 'a.example.org', 8443],
  ['*', 'anything.example', 443],
  ['*:8443', 'anything.example', 8443],
  ['localhost:3000', 'localhost', 3000],
  ['10.0.0.1:80', '10.0.0.1', 80],
  ['[::1]:8080', '[::1]', 8080],
  ['[::1]:8080', '::1', 8080],
  ['[0:0:0:0:0:0:0:1]:8080', '[::1]', 8080],
  ['köln.example', 'xn--kln-sna.example', 443],
])('%s admits %s, port %d', (pattern, host, port) => {
  expect(matchesHost(pattern, host, port)).toBe(true)
})

test.each<[pattern: string, host: string, port: number]>([
  ['api.example.com', 'api.example.com', 8443],
  ['api.example.com:8443', 'api.example.com', 443],
  ['api.example.com', 'example.com', 443],
  ['example.com', 'api.example.com', 443],
  ['example.com', 'badexample.com', 443],
  ['example.com', 'example.com.evil.test', 443],
  ['example.com', 'exampleXcom', 443],
  ['*.example.org', 'example.org', 443],
  ['*.example.org', 'a.b.example.org', 443],
  ['*.example.org', 'badexample.org', 443],
  ['*.example.org', '.example.org', 443],
  ['*.example.org', 'a.example.org.evil.test', 443],
  ['*.example.org:8443', 'a.example.org', 443],
  ['*', 'anything.example', 8443],
  ['*:8443', 'anything.example', 443],
  ['*.0.0.1', '127.0.0.1', 80],
  ['10.0.0.1', '110.0.0.1', 80],
  ['[::1]', '[::2]', 80],
])('%s does not admit %s, port %d', (pattern, host, port) => {
  expect(matchesHost(pattern, host, port)).toBe(false)
})

test.each([
  '',
  ' ',
  'https://example.com',
  'example.com/path',
  'user@example.com',
  'example.com:0',
  'example.com:65536',
  'example.com:',
  '*example.com',
  'a.*.example.com',
  '*.*.example.com',
  '*.*',
  '**',
  '*.10.0.0.1',
  '0x7f.1',
  '2130706433',
  '127.1',
  '::1',
  '[::1',
  '[fe80::1%eth0]',
  '-a.example',
  'a..example',
  'exam ple.com',
  'example.com?x',
  'example.com#x',
  String.raw`example.com\x`,
  '%6c.example',
  `${'a'.repeat(64)}.example`,
])('%j is no entry of an allow-list, and admits nothing', (pattern) => {
  expect(parseHostPattern(pattern)).toBeNull()
  expect(matchesHost(pattern, pattern, 443)).toBe(false)
})

test('the configuration takes a list of hosts', () => {
  const { egress } = loadConfig({
    PATCHBAY_EGRESS_ALLOW: 'files.example.lan, *.corp.example:8443,10.0.0.5:8081',
  })
  expect(egress.allowHosts).toEqual(['files.example.lan', '*.corp.example:8443', '10.0.0.5:8081'])
  expect(loadConfig({}).egress.allowHosts).toEqual([])
})

test.each(['*', '*:443', 'https://files.example.lan', 'a.example,,b.example', 'a.example b.example'])(
  'PATCHBAY_EGRESS_ALLOW=%s is refused by name, without its value',
  (value) => {
    const load = () => loadConfig({ PATCHBAY_EGRESS_ALLOW: value })
    expect(load).toThrow(ConfigError)
    expect(load).toThrow(/PATCHBAY_EGRESS_ALLOW: expected hosts, separated by commas/)
  },
)
