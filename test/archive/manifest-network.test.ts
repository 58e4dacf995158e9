import { expect, test } from 'vitest'
import { checkChanged as check, told } from './support/plugin-files.ts'

const outbound = { permissions: ['http:outbound'] }
const highReason = { permission: 'http:outbound', reason: 'Crawls.' }

test.each([
  'https://example.com',
  'example.com/path',
  '*.*.com',
  'a.*.com',
  'example.com:0',
  'example.com:70000',
  '-a.com',
  'user@a.com',
  '*com',
  '',
])('%j is no host', (host) => {
  const { findings } = check({ ...outbound, network: { allow: ['ok.example', host] } })
  expect(findings.every(({ check }) => check.startsWith('manifest.network'))).toBe(true)
  expect(findings).toHaveLength(1)
})

test.each([
  'example.com',
  'API.example.com',
  '*.example.org:8443',
  '9.9.9.9:80',
  '[2620:fe::fe]:8080',
  'xn--kln-sna.de',
])('%j is a host', (host) => {
  expect(check({ ...outbound, network: { allow: [host] } }).findings).toEqual([])
})

test('a bare * is HIGH, and its reason may stand with the network', () => {
  const anywhere = { allow: ['*:443'] }
  expect(check({ permissions: [highReason], network: anywhere }).findings).toEqual([])
  expect(check({ ...outbound, network: { ...anywhere, reason: 'Crawls.' } }).findings).toEqual([])
  expect(told(check({ ...outbound, network: anywhere }).findings)).toEqual([
    'ERROR manifest.permissions.reason',
  ])
})

test.each([
  '10.0.0.1',
  '172.16.4.4:8080',
  '192.168.1.1',
  '127.0.0.1',
  '169.254.169.254',
  '168.63.129.16',
  '100.64.0.1',
  '100.100.100.200',
  '0.0.0.0',
  '224.0.0.1',
  '192.0.2.1',
  '255.255.255.255',
  '[::1]',
  '[::]:80',
  '[fe80::1]',
  '[fd00:ec2::254]',
  '[ff02::1]',
  '[::ffff:10.0.0.1]',
  '[::ffff:9.9.9.9]',
  '[64:ff9b::a00:1]',
  '[64:ff9b:1::1]',
  '[2002:a00:1::]',
  '[2001:0:a00:1::]',
  '[2001:db8::1]',
  '[::7f00:1]',
])('%s is no public address, which is an ERROR, also among the hosts of a secret', (host) => {
  const found = told(check({ ...outbound, network: { allow: ['example.com', host] } }).findings)
  expect(found).toEqual(['ERROR manifest.network.private'])
  const secrets = [{ key: 'A', hosts: [host] }]
  expect(told(check({ permissions: ['secrets:read'], secrets }).findings)).toEqual([
    'ERROR manifest.secrets.hosts',
  ])
})

test.each([
  ['127.1', '127.0.0.1'],
  ['0x7f.1', '127.0.0.1'],
  ['0177.0.0.1', '127.0.0.1'],
  ['2130706433', '127.0.0.1'],
  ['0xa9fea9fe', '169.254.169.254'],
  ['192.168.257', '192.168.1.1'],
])('%s is an odd notation of %s, and that is private', (host, meant) => {
  const { findings } = check({ ...outbound, network: { allow: [host] } })
  expect(told(findings)).toEqual(['ERROR manifest.network.hosts', 'ERROR manifest.network.private'])
  expect(findings[0]?.message).toContain(`odd notation of ${meant}: write that`)
})

test.each(['*.0.0.1', '*.1', '1.2.3.4.5', '256.1.1.1', '[::1', '[1.2.3.4]', '[fe80::1%25eth0]', 'a..b'])(
  '%s is no host',
  (host) => {
    const found = told(check({ ...outbound, network: { allow: [host] } }).findings)
    expect(found).toContain('ERROR manifest.network.hosts')
  },
)

test.each([
  'localhost:3000',
  'intranet',
  'db.local',
  'metadata.google.internal',
  '*.eu.corp',
  '*.internal',
  'router.lan',
  'printer.home.arpa',
  'api.localhost',
  '127.0.0.1.nip.io',
  '*.sslip.io',
  'LOCALHOST',
])('%s is usually private, which is a WARNING: the operator may allow it', (host) => {
  const { manifest, findings } = check({ ...outbound, network: { allow: [host] } })
  expect(told(findings)).toEqual(['WARNING manifest.network.private'])
  expect(manifest).not.toBeNull()
})

test('a wildcard below a top-level domain is nearly every host, which is a WARNING', () => {
  expect(told(check({ ...outbound, network: { allow: ['*.com'] } }).findings)).toEqual([
    'WARNING manifest.network.hosts',
  ])
})
