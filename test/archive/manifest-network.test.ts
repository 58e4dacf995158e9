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
