import type http from 'node:http'
import { expect, test } from 'vitest'
import { guard, serve, type Loopback } from './support/loopback.ts'

/** A server that redirects `/to?<status>&<location>` and else answers what it was asked. */
async function redirecting(): Promise<Loopback> {
  return await serve((request, response) => {
    const [, status, location] = /^\/to\?(\d+)&(.*)$/.exec(request.url!) ?? []
    if (location !== undefined) {
      response.writeHead(Number(status), { location: decodeURIComponent(location) }).end('elsewhere')
      return
    }
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      const { method, url, headers } = request
      response.end(JSON.stringify({ method, url, headers, body } satisfies Seen))
    })
  })
}

interface Seen {
  method: string | undefined
  url: string | undefined
  headers: http.IncomingHttpHeaders
  body: string
}

const seen = ({ body }: { body: Uint8Array }): Seen => JSON.parse(Buffer.from(body).toString()) as Seen
const to = (server: Loopback, location: string, status = 302): string =>
  `http://server.test:${server.port}/to?${status}&${encodeURIComponent(location)}`

test('redirects are followed, also relative ones, and the last address is told', async () => {
  const server = await redirecting()
  const { fetch } = guard([server])
  const home = `http://server.test:${server.port}`
  for (const [location, url] of [
    ['/there?x=1#part', '/there?x=1'],
    ['there', '/there'],
    ['//server.test:PORT/there', '/there'],
    [`${home}/there`, '/there'],
  ] as const) {
    const answer = await fetch(to(server, location.replace('PORT', String(server.port))))
    expect(answer.url).toBe(`${home}${url}`)
    expect(seen(answer).url).toBe(url)
  }
})

test.each([
  'http://127.0.0.1:PORT/',
  'http://2130706433:PORT/',
  'http://[::ffff:7f00:1]:PORT/',
  'http://localhost:PORT/',
  'http://private.example:PORT/',
  'http://169.254.169.254/latest/meta-data/',
  '//127.0.0.1:PORT/',
])('a redirect into private space is refused: %s', async (location) => {
  const server = await redirecting()
  const inner = await serve((_request, response) => response.end('private'))
  const { refused } = guard([server])
  const refusal = await refused(to(server, location.replace('PORT', String(inner.port))))
  expect(refusal).toMatchObject({ code: 'ADDRESS' })
  expect(inner.connections()).toBe(0)
})

test('so is one at the end of a chain', async () => {
  const server = await redirecting()
  const inner = await serve((_request, response) => response.end('private'))
  const { refused } = guard([server])
  const last = to(server, `http://127.0.0.1:${inner.port}/`, 307)
  expect(await refused(to(server, to(server, last, 301), 308))).toMatchObject({ code: 'ADDRESS' })
  expect(inner.connections()).toBe(0)
})

test.each([
  ['SCHEME', 'file:///etc/passwd'],
  ['SCHEME', 'gopher://127.0.0.1/'],
  ['URL', 'http://user:password@server.test/'],
  ['URL', 'http://[::1'],
  ['PORT', 'http://server.test:25/'],
])('a redirect is checked like the first URL: %s %s', async (code, location) => {
  const server = await redirecting()
  const refusal = await guard([server]).refused(to(server, location))
  expect(refusal.code).toBe(code)
  expect(refusal.message).toMatch(/^It redirects to a URL that is refused\./)
})

test('no more redirects are followed than the call says', async () => {
  const server = await redirecting()
  const { fetch, refused } = guard([server])
  const three = to(server, to(server, to(server, '/end')))
  expect(seen(await fetch(three, { redirects: 3 })).url).toBe('/end')
  expect(await refused(three, { redirects: 2 })).toEqual({
    code: 'REDIRECTS',
    message: 'More than 2 redirects are not followed.',
  })
})

test('a circle ends at the limit', async () => {
  const server = await serve((_request, response) => response.writeHead(302, { location: '/' }).end())
  expect(await guard([server]).refused(`http://server.test:${server.port}/`)).toMatchObject({
    code: 'REDIRECTS',
  })
  expect(server.connections()).toBe(4)
})

test('with none to follow, the redirect is the answer', async () => {
  const server = await redirecting()
  const answer = await guard([server]).fetch(to(server, 'http://127.0.0.1/'), { redirects: 0 })
  expect(answer).toMatchObject({ status: 302, headers: { location: 'http://127.0.0.1/' } })
  expect(Buffer.from(answer.body).toString()).toBe('elsewhere')
})

test('each hop must be among the hosts that the call allows', async () => {
  const [first, second] = [await redirecting(), await redirecting()]
  const { refused } = guard([first, second])
  const location = `http://server.test:${second.port}/`
  const refusal = await refused(to(first, location), { hosts: [`server.test:${first.port}`] })
  expect(refusal).toMatchObject({ code: 'HOST' })
  expect(second.connections()).toBe(0)
})

const SECRETS = { authorization: 'Bearer x', cookie: 'a=b', 'x-api-key': 'secret', accept: 'text/plain' }

test('what could hold a credential stays behind where the origin changes', async () => {
  const [first, second] = [await redirecting(), await redirecting()]
  const { fetch } = guard([first, second])
  const away = to(first, `http://server.test:${second.port}/`)
  const { headers } = seen(await fetch(away, { headers: SECRETS }))
  expect(headers).toMatchObject({ accept: 'text/plain', host: `server.test:${second.port}` })
  expect(Object.keys(headers).filter((name) => name in SECRETS)).toEqual(['accept'])

  const home = seen(await fetch(to(first, '/'), { headers: SECRETS }))
  expect(home.headers).toMatchObject(SECRETS)
})

test.each([
  [301, 'POST', 'GET', ''],
  [302, 'POST', 'GET', ''],
  [303, 'PUT', 'GET', ''],
  [307, 'POST', 'POST', 'body'],
  [308, 'PUT', 'PUT', 'body'],
  [301, 'PUT', 'PUT', 'body'],
])('a %d makes a %s a %s', async (status, method, next, body) => {
  const server = await redirecting()
  const headers = { 'content-type': 'text/plain' }
  const answer = seen(await guard([server]).fetch(to(server, '/', status), { method, headers, body: 'body' }))
  expect(answer).toMatchObject({ method: next, body })
  expect('content-type' in answer.headers).toBe(body !== '')
})

test('what is sent does not go on to another origin', async () => {
  const [first, second] = [await redirecting(), await redirecting()]
  const { refused } = guard([first, second])
  const away = to(first, `http://server.test:${second.port}/`, 307)
  expect(await refused(away, { method: 'POST', body: 'secret' })).toMatchObject({ code: 'REDIRECTS' })
  expect(second.connections()).toBe(0)
})

test('two places at once are none', async () => {
  const server = await serve((_request, response) =>
    response.writeHead(302, ['location', '/a', 'location', '/b']).end(),
  )
  expect(await guard([server]).refused(`http://server.test:${server.port}/`)).toMatchObject({
    code: 'REDIRECTS',
  })
})

test('a redirect without an address is an answer like any other', async () => {
  const server = await serve((_request, response) => response.writeHead(302).end('nowhere'))
  const { status, body } = await guard([server]).fetch(`http://server.test:${server.port}/`)
  expect([status, Buffer.from(body).toString()]).toEqual([302, 'nowhere'])
})
