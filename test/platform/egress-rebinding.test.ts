import dns from 'node:dns'
import { expect, onTestFinished, test } from 'vitest'
import { isOwnAddress } from '../../src/platform/egress/check-addresses.ts'
import { createEgress } from '../../src/platform/egress/egress.ts'
import { guard, refusalOf, serve } from './support/loopback.ts'

/** A name server that gives each question the next answer, and the last one from then on. */
function answering(...answers: string[][]) {
  const asked: string[] = []
  const resolve = async (host: string): Promise<string[]> => {
    asked.push(host)
    return answers[Math.min(asked.length, answers.length) - 1]!
  }
  return { resolve, asked }
}

/** Global unicast that IANA has given to nobody. */
const PUBLIC = '2d00::1'

test('a name is resolved once: what it answers when it is asked again is never connected to', async () => {
  const server = await serve((_request, response) => response.end('private'))
  const { resolve, asked } = answering([PUBLIC], ['127.0.0.1'])
  const { fetch } = guard([], { resolve, connectTimeoutMs: 200 })

  const outcome = await fetch(`http://rebind.example:${server.port}/`, { timeoutMs: 500 }).then(
    ({ body }) => Buffer.from(body).toString(),
    (error: Error) => error.name,
  )
  expect(outcome).not.toBe('private')
  expect(asked).toEqual(['rebind.example'])
  expect(server.connections()).toBe(0)
})

test('the next request asks again, and is refused where the name has turned private', async () => {
  const server = await serve((_request, response) => response.end('private'))
  const { resolve } = answering(['127.0.0.1'])
  const { refused } = guard([], { resolve })
  expect(await refused(`http://rebind.example:${server.port}/`)).toMatchObject({ code: 'ADDRESS' })
  expect(server.connections()).toBe(0)
})

test('the address that was checked is the one that is connected to, under the name that was asked for', async () => {
  const server = await serve((request, response) => response.end(request.headers.host))
  const { resolve, asked } = answering(['127.0.0.1'], ['127.0.0.2'])
  const { fetch } = guard([server], { resolve })

  const { body } = await fetch(`http://server.test:${server.port}/`)
  expect(Buffer.from(body).toString()).toBe(`server.test:${server.port}`)
  expect(asked).toEqual(['server.test'])
  await expect(fetch(`http://server.test:${server.port}/`)).rejects.toMatchObject({ code: 'CONNECT' })
})

test.each([
  ['first', ['127.0.0.1', PUBLIC]],
  ['last', [PUBLIC, '2606:4700::1111', '127.0.0.1']],
  ['as IPv6', [PUBLIC, '::1']],
  ['mapped', [PUBLIC, '::ffff:127.0.0.1']],
  ['compatible', [PUBLIC, '::127.0.0.1']],
  ['translated', [PUBLIC, '64:ff9b::7f00:1']],
  ['with a zone', [PUBLIC, 'fe80::1%lo']],
  ['as no address at all', [PUBLIC, 'localhost']],
])('one private answer among public ones refuses them all: %s', async (_where, answers) => {
  const server = await serve((_request, response) => response.end('private'))
  const { refused } = guard([], { resolve: async () => answers })
  expect(await refused(`http://mixed.example:${server.port}/`)).toMatchObject({ code: 'ADDRESS' })
  expect(server.connections()).toBe(0)
})

test('a name that is private and one that there is not are refused in the same words', async () => {
  const hidden = guard([], { resolve: async () => ['10.0.0.1'] })
  const absent = guard([], { resolve: async () => [] })
  const refusal = await hidden.refused('http://db.example/')
  expect(refusal).toEqual(await absent.refused('http://db.example/'))
  expect(refusal.message).toBe('"db.example" has no address on the public internet.')
})

test('a refusal never tells the address that a name has', async () => {
  const { refused } = guard([], { resolve: async () => ['10.20.30.40'] })
  expect((await refused('http://db.example/')).message).not.toContain('10.20')
})

test('a private name is not even looked up', async () => {
  const { resolve, asked } = answering(['127.0.0.1'])
  await guard([], { resolve }).refused('http://vault.internal/')
  expect(asked).toEqual([])
})

test.each(['169.254.169.254', '224.0.0.1', '0.0.0.0', 'fe80::1'])(
  'a name that configuration has opened may be private, but not %s',
  async (address) => {
    const { refused } = guard([], { allowHosts: ['files.example'], resolve: async () => [address] })
    expect(await refused('http://files.example/')).toMatchObject({ code: 'ADDRESS' })
  },
)

test('configuration opens one host and port, and no other', async () => {
  const server = await serve((_request, response) => response.end('open'))
  const { fetch, refused } = guard([], { allowHosts: [`127.0.0.1:${server.port}`] })
  expect((await fetch(`http://127.0.0.1:${server.port}/`)).status).toBe(200)
  expect(await refused('http://127.0.0.1:8/')).toMatchObject({ code: 'ADDRESS' })
  expect(await refused(`http://127.0.0.2:${server.port}/`)).toMatchObject({ code: 'ADDRESS' })
  expect(await refused(`http://[::1]:${server.port}/`)).toMatchObject({ code: 'ADDRESS' })
})

test('an opened name is looked up by the machine, with its hosts file', async () => {
  const server = await serve((_request, response) => response.end('open'))
  const egress = createEgress({ allowHosts: [`localhost:${server.port}`] })
  onTestFinished(() => egress.close())
  const limits = { maxBytes: 100, timeoutMs: 10_000, redirects: 0 }
  expect((await egress.fetch(`http://localhost:${server.port}/`, limits)).status).toBe(200)
})

test('a name server that fails is told apart from a name that there is not', async () => {
  const failure = Object.assign(new Error('queryA ESERVFAIL'), { code: dns.SERVFAIL })
  const { refused } = guard([], { resolve: () => Promise.reject(failure) })
  expect(await refused('http://public.example/')).toEqual({
    code: 'DNS',
    message: '"public.example" could not be looked up. Try again later.',
  })
})

test('a name server that never answers is not waited for', async () => {
  const { refused } = guard([], { resolve: () => new Promise(() => undefined), connectTimeoutMs: 50 })
  expect(await refused('http://public.example/')).toEqual({
    code: 'DNS',
    message: '"public.example" could not be looked up in 0.05 s.',
  })
})

test('only the hosts that a call allows are asked, whatever configuration has opened', async () => {
  const server = await serve((_request, response) => response.end('open'))
  const { fetch, egress } = guard([server])
  const url = `http://server.test:${server.port}/`
  const limits = { maxBytes: 100, timeoutMs: 10_000, redirects: 0 }

  expect((await fetch(url, { hosts: [`*.test:${server.port}`] })).status).toBe(200)
  for (const hosts of [[], ['server.test'], ['*.server.test'], ['other.test']])
    expect(await refusalOf(egress.fetch(url, { ...limits, hosts }))).toMatchObject({ code: 'HOST' })
})

test('an address of one of our own interfaces is ours, however public', () => {
  const address = { netmask: '', family: 'IPv4', mac: '', internal: false, cidr: null } as const
  const interfaces = { eth0: [{ ...address, address: '8.8.8.8' }] }
  expect(isOwnAddress('8.8.8.8', interfaces)).toBe(true)
  expect(isOwnAddress('::ffff:808:808', interfaces)).toBe(true)
  expect(isOwnAddress('8.8.4.4', interfaces)).toBe(false)
})
