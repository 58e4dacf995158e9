import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStage, run, type TestStage } from '../../support/stage.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'

const CODE = `import { definePlugin } from 'patchbay'
export default definePlugin({
  routes: {
    'GET /echo/:first/:second': (ctx, request) => ({ body: request }),
    'POST /echo': (ctx, request) => ({
      given: request.body instanceof Uint8Array ? [...request.body] : request.body,
      rawBody: request.rawBody,
      signature: request.headers['x-hub-signature-256'],
    }),
    'PUT /thing': () => ({ status: 201, headers: { location: '/ext/postbox/thing', etag: '"1"' }, body: { made: true } }),
    'PATCH /thing': () => ({ status: 204, body: 'nobody sees this' }),
    'DELETE /thing': () => ({ status: 200 }),
    'GET /page': () => ({ headers: { 'Content-Type': 'text/html' }, body: '<h1>hi</h1>' }),
    'GET /image': () => ({ headers: { 'content-type': 'image/png' }, body: new Uint8Array([137, 80, 78, 71, 0, 255]) }),
    'GET /bytes': () => new Uint8Array([1, 2, 3]).subarray(1),
    'GET /text': () => ({ body: 'plain' }),
    'GET /nothing': () => undefined,
    'GET /order': () => ({ id: 7, status: 'open', body: 'two shelves' }),
    'GET /switch': () => ({ status: 101, body: 'x' }),
    'GET /hostile': () => ({
      headers: {
        'set-cookie': 'a=b', 'content-security-policy': 'none', 'x-frame-options': 'ALLOW', location: 'javascript:alert(1)',
        'cache-control': 'no-store', etag: 'a\\r\\nset-cookie: c=d',
      },
      body: '<script>alert(1)</script>',
    }),
    'GET /away': () => ({ status: 302, headers: { location: 'https://example.com/' } }),
    'GET /large': () => ({ body: 'x'.repeat(2 ** 20) }),
  },
})
`
const routes = [
  'GET /echo/:first/:second',
  'POST /echo',
  'PUT /thing',
  'PATCH /thing',
  'DELETE /thing',
  'GET /page',
  'GET /image',
  'GET /bytes',
  'GET /text',
  'GET /nothing',
  'GET /order',
  'GET /switch',
  'GET /hostile',
  'GET /away',
  'GET /large',
].map((route) => {
  const [method, path] = route.split(' ')
  return { method, path, public: true }
})

let server: TestServer
let stage: TestStage
beforeAll(async () => {
  server = await startTestServer({
    env: {
      PLUGIN_CORS_ORIGINS: 'https://app.example.com',
      PLUGIN_ROUTE_HEADERS: 'X-Hub-Signature-256',
      PLUGIN_ROUTES_PER_MINUTE: '1000',
    },
  })
  stage = await openStage(server)
  await run(
    stage,
    { id: 'postbox', permissions: [{ permission: 'routes:serve', reason: 'Answers.' }], routes },
    CODE,
  )
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

const call = (path: string, init: RequestInit = {}) =>
  fetch(`${server.url}/ext/postbox${path}${path.includes('?') ? '&' : '?'}site=acme/north`, {
    redirect: 'manual',
    ...init,
  })

test('a handler sees the request: parameters decoded, the query, and of the headers what carries no credentials', async () => {
  const answer = await call('/echo/a%2Fb/%C3%BC?one=1&one=2&two=', {
    headers: {
      authorization: `Bearer ${server.adminKey}`,
      cookie: 'session=1',
      'x-forwarded-for': '10.0.0.1',
      'accept-language': 'de',
    },
  })
  expect(answer.status).toBe(200)
  const seen = (await answer.json()) as Record<string, unknown>
  expect(seen).toMatchObject({
    method: 'GET',
    path: '/echo/a%2Fb/%C3%BC',
    params: { first: 'a/b', second: 'ü' },
    query: { one: '2', two: '' },
    search: '?one=1&one=2&two=',
    body: null,
    principal: { platform: true },
  })
  const headers = Object.keys(seen['headers'] as object)
  expect(headers).toContain('accept-language')
  expect(headers).not.toContain('cookie')
  expect(headers).not.toContain('authorization')
  expect(headers).not.toContain('x-forwarded-for')
})

test('a body comes as JSON, as text or as bytes, and as it was sent, so that its signature can be checked', async () => {
  const post = async (type: string, body: BodyInit, more: Record<string, string> = {}) =>
    (await (
      await call('/echo', { method: 'POST', headers: { 'content-type': type, ...more }, body })
    ).json()) as Record<string, unknown>
  const json = '{ "a": 1 }'
  const signature = createHmac('sha256', 'key').update(json).digest('hex')
  expect(await post('application/json', json, { 'x-hub-signature-256': signature })).toMatchObject({
    given: { a: 1 },
    rawBody: json,
    signature,
  })
  expect(await post('text/csv', 'a;b')).toMatchObject({ given: 'a;b', rawBody: 'a;b' })
  expect(await post('application/x-www-form-urlencoded', 'a=1')).toMatchObject({ given: 'a=1' })
  expect(await post('image/png', new Uint8Array([0, 255, 128]))).toMatchObject({
    given: [0, 255, 128],
    rawBody: null,
  })
  expect(await post('text/plain', new Uint8Array([0xff, 0xfe]))).toMatchObject({
    given: [0xff, 0xfe],
    rawBody: null,
  })
  const bad = await call('/echo', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{',
  })
  expect(bad.status).toBe(400)
})

test('a handler answers in JSON, text, HTML or bytes, with a status and the headers that it may set', async () => {
  const made = await call('/thing', { method: 'PUT' })
  expect([made.status, made.headers.get('location'), made.headers.get('etag')]).toEqual([
    201,
    '/ext/postbox/thing',
    '"1"',
  ])
  expect(await made.json()).toEqual({ made: true })
  const changed = await call('/thing', { method: 'PATCH' })
  expect([changed.status, await changed.text()]).toEqual([204, ''])
  const deleted = await call('/thing', { method: 'DELETE' })
  expect([deleted.status, await deleted.json()]).toEqual([200, null])
  const page = await call('/page')
  expect([page.headers.get('content-type'), await page.text()]).toEqual([
    'text/html; charset=utf-8',
    '<h1>hi</h1>',
  ])
  const image = await call('/image')
  expect(image.headers.get('content-type')).toBe('image/png')
  expect([...new Uint8Array(await image.arrayBuffer())]).toEqual([137, 80, 78, 71, 0, 255])
  const bytes = await call('/bytes')
  expect(bytes.headers.get('content-type')).toBe('application/octet-stream')
  expect([...new Uint8Array(await bytes.arrayBuffer())]).toEqual([2, 3])
  expect((await call('/text')).headers.get('content-type')).toBe('text/plain; charset=utf-8')
  expect(await (await call('/nothing')).json()).toBe(null)
  const away = await call('/away')
  expect([away.status, away.headers.get('location')]).toEqual([302, 'https://example.com/'])
})

test('JSON with a name of a part is no answer by parts; a status that is none of HTTP is the plugin’s failure', async () => {
  expect(await (await call('/order')).json()).toEqual({ id: 7, status: 'open', body: 'two shelves' })
  const switched = await call('/switch')
  expect([switched.status, await switched.json()]).toMatchObject([502, { error: { code: 'PLUGIN_ERROR' } }])
})

test('what speaks for our origin is left out: cookies, policies, addresses that run; scripts are sandboxed', async () => {
  const answer = await call('/hostile')
  expect(answer.status).toBe(200)
  expect(answer.headers.get('set-cookie')).toBe(null)
  expect(answer.headers.get('location')).toBe(null)
  expect(answer.headers.get('etag')).toBe(null)
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(answer.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/)
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  // Whoever wrote it is told, once a call; of what is all right nothing is said.
  await call('/page')
  const { rows } = await server.owner.query<{ name: string; logs: { level: string; message: string }[] }>(
    `select name, logs from invocation where name in ('GET /hostile', 'GET /page') and outcome = 'OK' order by id desc limit 2`,
  )
  expect(rows.map(({ name, logs }) => [name, logs.map(({ level, message }) => [level, message])])).toEqual([
    ['GET /page', []],
    ['GET /hostile', [['warn', LEFT_OUT]]],
  ])
})

const LEFT_OUT =
  'Headers were left out of the answer: set-cookie may not be set; content-security-policy may not be set; x-frame-options may not ' +
  'be set; location is neither a path from / on nor an http(s) address; etag is no text of visible ASCII letters. A route may set ' +
  'cache-control, content-disposition, content-language, content-type, etag, last-modified, link, location, retry-after, vary.'

test('another method is told which ones there are, and HEAD is GET without a body', async () => {
  const refused = await call('/thing', { method: 'POST' })
  expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'DELETE, PATCH, PUT'])
  expect(await refused.json()).toMatchObject({ error: { code: 'METHOD_NOT_ALLOWED' } })
  const head = await call('/page', { method: 'HEAD' })
  expect([head.status, head.headers.get('content-type'), await head.text()]).toEqual([
    200,
    'text/html; charset=utf-8',
    '',
  ])
  expect((await call('/none')).status).toBe(404)
})

test('what is too large is refused, each way', async () => {
  const sent = await call('/echo', {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: 'x'.repeat(2 ** 20 + 1),
  })
  expect(sent.status).toBe(413)
  const crossing = await call('/echo', {
    method: 'POST',
    headers: { 'content-type': 'image/png' },
    body: new Uint8Array(2 ** 20),
  })
  expect(crossing.status).toBe(413)
  expect((await call('/large')).status).toBe(502)
})

test('pages of the origins that the configuration names may call it, others may not', async () => {
  const preflight = (origin: string) =>
    call('/thing', { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'PUT' } })
  const allowed = await preflight('https://app.example.com')
  expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([
    204,
    'https://app.example.com',
  ])
  expect(allowed.headers.get('access-control-allow-methods')).toContain('PUT')
  expect(allowed.headers.get('access-control-allow-credentials')).toBe(null)
  const refused = await preflight('https://evil.example.com')
  expect(refused.headers.get('access-control-allow-origin')).toBe(null)
  const answer = await call('/none', { headers: { origin: 'https://app.example.com' } })
  expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([
    404,
    'https://app.example.com',
  ])
})
