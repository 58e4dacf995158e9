import { expect, test } from 'vitest'
import { addressReach } from '../../src/platform/egress/address-reach.ts'
import { guard, serve } from './support/loopback.ts'

/** Of addresses that are not public; `PORT` is one at which a server listens on 127.0.0.1. */
const ADDRESSES = [
  'http://127.0.0.1:PORT/',
  'https://127.0.0.1:PORT/',
  'http://127.1:PORT/',
  'http://127.0.1:PORT/',
  'http://127.255.255.254:PORT/',
  'http://2130706433:PORT/',
  'http://0x7f000001:PORT/',
  'http://0X7F.1:PORT/',
  'http://0x7f.0x0.0x0.0x1:PORT/',
  'http://0177.0.0.1:PORT/',
  'http://0177.0.0.01:PORT/',
  'http://00000177.1:PORT/',
  'http://017700000001:PORT/',
  'http://127.0x1:PORT/',
  'http://127.0.0.0x1:PORT/',
  'http://127.0.0.1.:PORT/',
  'http://2130706433.:PORT/',
  'http://１２７.０.０.１:PORT/',
  'http://①②⑦.⓪.⓪.①:PORT/',
  'http://127。0。0。1:PORT/',
  'http://127．0．0．1:PORT/',
  'http://%31%32%37.0.0.1:PORT/',
  'http://127%2e0%2e0%2e1:PORT/',
  'http://127.0.0.1%2e:PORT/',
  'http://0:PORT/',
  'http://0.0.0.0:PORT/',
  'http://0x0:PORT/',
  'HTTP://127.0.0.1:PORT',
  'http:127.0.0.1:PORT/',
  'http:/127.0.0.1:PORT/',
  'http:///127.0.0.1:PORT/',
  String.raw`http:\\127.0.0.1:PORT\x`,
  String.raw`http://127.0.0.1:PORT\@public.example/`,
  'http://127.0.0.1:PORT#@public.example/',
  'http://127.0.0.1:PORT?@public.example/',
  ' \thttp://127.0.0.1:PORT/',
  'ht\ntp://127.0.\t0.1:PORT/',
  'http://127\u00AD.0.0.1:PORT/',
  'http://127\u200B.0.0.1:PORT/',
  'http://@127.0.0.1:PORT/',
  'http://[::1]:PORT/',
  'http://[0:0:0:0:0:0:0:1]:PORT/',
  'http://[::0001]:PORT/',
  'http://[::]:PORT/',
  'http://[::ffff:127.0.0.1]:PORT/',
  'http://[::FFFF:7F00:1]:PORT/',
  'http://[0:0:0:0:0:ffff:127.0.0.1]:PORT/',
  'http://[::127.0.0.1]:PORT/',
  'http://[::ffff:0:127.0.0.1]:PORT/',
  'http://[64:ff9b::127.0.0.1]:PORT/',
  'http://[64:ff9b::a9fe:a9fe]/',
  'http://[64:ff9b:1::127.0.0.1]:PORT/',
  'http://[2002:7f00:1::]:PORT/',
  'http://[2002:a9fe:a9fe::1]/',
  'http://[2001:0:7f00:1::]/',
  'http://[2001:0:808:808::80ff:fffe]/',
  'http://[2a00:1450::5efe:10.0.0.1]/',
  'http://[2a00:1450::200:5efe:10.0.0.1]/',
  'http://[fe80::1]/',
  'http://[febf::1]/',
  'http://[fec0::1]/',
  'http://[fc00::1]/',
  'http://[fd00:ec2::254]/',
  'http://[ff02::1]/',
  'http://[100::1]/',
  'http://[2001:db8::1]/',
  'http://[3fff::1]/',
  'http://[5f00::1]/',
  'http://[1::1]/',
  'http://[4000::1]/',
  'http://169.254.169.254/latest/meta-data/',
  'http://169.254.43518/',
  'http://0xa9fea9fe/',
  'http://2852039166/',
  'http://[::ffff:169.254.169.254]/',
  'http://168.63.129.16/',
  'http://100.100.100.200/',
  'http://192.0.0.192/',
  'http://10.0.0.1/',
  'http://012.1/',
  'http://172.16.0.1/',
  'http://172.31.255.255/',
  'http://192.168.1.1/',
  'http://192.168.257/',
  'http://100.64.0.1/',
  'http://100.127.255.255/',
  'http://192.0.2.1/',
  'http://192.88.99.1/',
  'http://198.18.0.1/',
  'http://198.51.100.1/',
  'http://203.0.113.1/',
  'http://224.0.0.1/',
  'http://239.255.255.255/',
  'http://240.0.0.1/',
  'http://255.255.255.255/',
]

/** Of this machine and of private networks; the resolver knows them all. */
const NAMES = [
  'http://localhost:PORT/',
  'http://LOCALHOST:PORT/',
  'http://localhost.:PORT/',
  'http://%6c%6f%63alhost:PORT/',
  'http://ｌｏｃａｌｈｏｓｔ:PORT/',
  'http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:PORT/',
  'http://local\u00ADhost:PORT/',
  'http://a.localhost:PORT/',
  'http://printer.local:PORT/',
  'http://printer.local.:PORT/',
  'http://metadata.google.internal/',
  'http://router.home.arpa/',
  'http://nas.lan/',
  'http://wiki.corp/',
  'http://postgres:PORT/',
  'http://localtest.example:PORT/',
  'http://127.0.0.1.nip.example:PORT/',
]

const MALFORMED = [
  '',
  '/path',
  'example.com',
  '//example.com/',
  'http://',
  'http://.',
  'http://a..example/',
  'http://a.example../',
  'http://256.256.256.256/',
  'http://1.2.3.4.5/',
  'http://99999999999/',
  'http://127.0.0.1%00.public.example/',
  'http://[fe80::1%25eth0]/',
  'http://[::1%lo]/',
  'http://[::1/',
  'http://[127.0.0.1]/',
  'http://[v1.127.0.0.1]/',
  'http://public.example:65536/',
  'http://public.example:-1/',
  'http://user@public.example/',
  'http://user:pass@public.example/',
  'http://:pass@public.example/',
  'http://public.example@127.0.0.1:PORT/',
  'http://a*b.example/',
  'http://a,b.example/',
  `http://${'a'.repeat(64)}.example/`,
  `http://${'a.'.repeat(127)}example/`,
  `http://public.example/${'a'.repeat(9000)}`,
]

test.each([
  ['ADDRESS', ADDRESSES],
  ['ADDRESS', NAMES],
  ['URL', MALFORMED],
] as const)('of none of these spellings is anything fetched: %s', async (code, spellings) => {
  const server = await serve((_request, response) => response.end('private'))
  const { refused } = guard([], { resolve: async () => ['127.0.0.1'] })

  const outcomes = await Promise.all(
    spellings.map(async (spelling) => {
      const refusal = await refused(spelling.replace('PORT', String(server.port)))
      return { spelling, code: refusal.code }
    }),
  )

  expect(outcomes).toEqual(spellings.map((spelling) => ({ spelling, code })))
  expect(server.connections()).toBe(0)
})

test('what listens at a private address is not told: all are refused in the same words', async () => {
  const server = await serve((_request, response) => response.end('private'))
  const { refused } = guard([], { resolve: async () => [] })

  const listening = await refused(`http://127.0.0.1:${server.port}/`)
  const silent = await refused('http://127.0.0.1:2/')
  expect(silent).toEqual(listening)
})

test.each([
  'ftp://public.example/',
  'file:///etc/passwd',
  'data:text/plain,x',
  'javascript:1',
  'blob:http://public.example/x',
  'ws://public.example/',
  'gopher://127.0.0.1:70/_x',
  'unix:/var/run/docker.sock',
  'http+unix://%2Fvar%2Frun/',
])('%s has no scheme of ours', async (url) => {
  expect(await guard([]).refused(url)).toMatchObject({ code: 'SCHEME' })
})

test.each([0, 1, 22, 25, 6667, 10_080])('nothing is fetched from port %d', async (port) => {
  expect(await guard([]).refused(`http://public.example:${port}/`)).toMatchObject({ code: 'PORT' })
})

test.each([
  '8.8.8.8',
  '1.1.1.1',
  '100.63.255.255',
  '100.128.0.1',
  '172.15.255.255',
  '172.32.0.1',
  '192.167.255.255',
  '223.255.255.255',
  '2606:4700::1111',
  '2a00:1450:4001::200e',
  '::ffff:8.8.8.8',
  '64:ff9b::8.8.8.8',
  '2002:808:808::1',
  '2001:0:808:808::f7f7:f7f7',
  '2a00:1450::5efe:8.8.8.8',
])('%s is public', (address) => {
  expect(addressReach(address)).toBe('PUBLIC')
})

test.each(['127.0.0.1', '10.1.2.3', '192.168.0.1', '100.64.0.1', '::1', 'fd00::1', '::ffff:10.0.0.1'])(
  '%s is private, and configuration may open it',
  (address) => {
    expect(addressReach(address)).toBe('PRIVATE')
  },
)

test.each([
  '0.0.0.0',
  '::',
  '169.254.169.254',
  '::ffff:169.254.169.254',
  '224.0.0.1',
  '255.255.255.255',
  'fe80::1',
  'fe80::1%eth0',
  '2606:4700::1111%eth0',
  'ff02::1',
  '::8.8.8.8',
  '64:ff9b:1::8.8.8.8',
  'no address',
  '',
  '127.1',
  '010.0.0.1',
])('%j is an address that no name may have', (address) => {
  expect(addressReach(address)).toBe('NONE')
})
