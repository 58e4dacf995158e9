import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, send } from '../support/http.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ worker: false })
})
afterAll(() => server.close())

const STRICT = 'application/graphql-response+json'
const graphql = (): string => `${server.url}/graphql`
const organizations = (): Promise<number> => server.app.database.prisma.organization.count()

describe('what a foreign page can make a browser send is not executed', () => {
  const mutation =
    'mutation { createOrganization(input: { slug: "forged", name: "x" }) { userErrors { code } } }'

  test.each([
    ['application/x-www-form-urlencoded', `query=${encodeURIComponent(mutation)}`],
    ['text/plain', JSON.stringify({ query: mutation })],
    ['application/graphql', mutation],
    ['', JSON.stringify({ query: mutation })],
  ])('POST as "%s" is 415', async (type, body) => {
    const headers = { authorization: `Bearer ${server.adminKey}`, 'content-type': type }
    const answer = await send(graphql(), { method: 'POST', headers, body: new Blob([body]) })
    expect(answer.status).toBe(415)
    expect(answer.json?.errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT')
    expect(await organizations()).toBe(0)
  })

  test('a multipart request without a header that needs a preflight is 403', async () => {
    const form = new FormData()
    form.set('operations', JSON.stringify({ query: '{ viewer { __typename } }' }))
    form.set('map', '{}')
    expect((await send(graphql(), { method: 'POST', body: form })).status).toBe(403)
    const allowed = await send(graphql(), { method: 'POST', body: form, headers: { 'x-patchbay-csrf': '1' } })
    expect(allowed.json).toEqual({ data: { viewer: null } })
  })

  test('a mutation by GET is 405', async () => {
    const headers = { authorization: `Bearer ${server.adminKey}` }
    const answer = await send(`${graphql()}?query=${encodeURIComponent(mutation)}`, { headers })
    expect(answer.status).toBe(405)
    expect(await organizations()).toBe(0)
  })

  test('no other origin is allowed to read', async () => {
    const answer = await send(graphql(), { method: 'OPTIONS', headers: { origin: 'https://evil.example' } })
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  })
})

describe('a document that would exhaust the server is not executed: one error, and the process lives', () => {
  const deep = `${'{a'.repeat(5_000)}${'}'.repeat(5_000)}`
  const nested = `{organizations{nodes${'{sites{nodes{organization'.repeat(8)}{slug}${'}}}'.repeat(8)}}}`
  const attacks: [string, string][] = [
    ['5,000 deep', deep],
    ['18 levels', nested],
    ['101 aliases', `{${Array.from({ length: 101 }, (_, i) => `a${i}: viewer { __typename }`).join(' ')}}`],
    ['5,000 directives', `{ viewer ${'@include(if: true) '.repeat(5_000)} { __typename } }`],
    ['60 directives', `{ viewer ${'@include(if: true) '.repeat(60)} { __typename } }`],
    ['2,000 duplicate fields', `{ ${'viewer { __typename } '.repeat(2_000)} }`],
    ['a cycle of fragments', 'query { ...A } fragment A on Query { ...B } fragment B on Query { ...A }'],
    [
      'a cost over the budget',
      '{ organizations(first: 100) { nodes { sites(first: 100) { nodes { installations(first: 100) { nodes { id } } } } } } }',
    ],
    [
      'a cost behind another operation',
      'query Cheap { viewer { __typename } } query Dear { organizations(first: 100) { nodes { sites(first: 100) { nodes { installations(first: 100) { nodes { id } } } } } } }',
    ],
  ]

  test.each(attacks)('%s', async (name, query) => {
    const operationName = name.includes('behind') ? 'Dear' : undefined
    const body = JSON.stringify({ query, operationName })
    for (const [accept, status] of [
      [STRICT, 400],
      ['application/json', 200],
    ] as const) {
      const headers = {
        'content-type': 'application/json',
        accept,
        authorization: `Bearer ${server.adminKey}`,
      }
      const answer = await send(graphql(), { method: 'POST', headers, body })
      expect(answer.status).toBe(status)
      expect(answer.json?.errors).toHaveLength(1)
      expect(answer.json?.errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT')
      expect(answer.json?.data ?? null).toBeNull()
    }
    expect((await ask(server, '{ viewer { __typename } }')).json).toEqual({ data: { viewer: null } })
  })
})

test('a body over 1 MB is 413, announced or not', async () => {
  const big = JSON.stringify({
    query: '{ viewer { __typename } }',
    variables: { filler: 'x'.repeat(1_100_000) },
  })
  const headers = { 'content-type': 'application/json' }
  expect((await send(graphql(), { method: 'POST', headers, body: big })).status).toBe(413)
  const chunked = new Blob([big]).stream()
  const init = { method: 'POST', headers, body: chunked, duplex: 'half' } as RequestInit
  const outcome = await send(graphql(), init).then(
    (answer) => answer.status,
    () => 'cut off',
  )
  expect([413, 'cut off']).toContain(outcome)
})

test('array batches are refused', async () => {
  const body = JSON.stringify([
    { query: '{ viewer { __typename } }' },
    { query: '{ viewer { __typename } }' },
  ])
  const answer = await send(graphql(), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  expect(answer.status).toBe(400)
})

test('a file over the limit is cut off while it streams, and nothing is left behind', async () => {
  const query =
    'mutation ($input: SubmitPackageInput!) { submitPackage(input: $input) { userErrors { code } } }'
  const boundary = 'patchbay-test-boundary'
  const head = [
    `--${boundary}\r\ncontent-disposition: form-data; name="operations"\r\n\r\n${JSON.stringify({ query, variables: { input: { file: null } } })}\r\n`,
    `--${boundary}\r\ncontent-disposition: form-data; name="map"\r\n\r\n{"0":["variables.input.file"]}\r\n`,
    `--${boundary}\r\ncontent-disposition: form-data; name="0"; filename="a.zip"\r\ncontent-type: application/zip\r\n\r\n`,
  ].join('')
  let sent = 0
  const endless = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode(head)),
    pull(controller) {
      sent += 65_536
      if (sent > 200_000_000) controller.close()
      else controller.enqueue(new Uint8Array(65_536))
    },
  })
  const outcome = await send(graphql(), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${server.adminKey}`,
      'content-type': `multipart/form-data; boundary=${boundary}`,
    },
    body: endless,
    duplex: 'half',
  } as RequestInit).then(
    (answer) => answer.status,
    () => 'cut off',
  )
  expect([413, 'cut off']).toContain(outcome)
  // Far from all of it was taken: the limit of this server is 20 MiB.
  expect(sent).toBeLessThan(100_000_000)
  expect(await server.app.database.prisma.package.count()).toBe(0)
})

test('a query that does not parse, or asks for what is not there, says where', async () => {
  const unparsed = await ask(server, '{ viewer {', { accept: STRICT })
  expect(unparsed.status).toBe(400)
  expect(unparsed.json?.errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT')
  const unknown = await ask(server, '{ plugns { totalCount } }', { accept: STRICT })
  expect(unknown.json?.errors?.[0]?.message).toContain('Did you mean "plugins"')
})

test('a key that is not valid is 401, also where nothing is asked', async () => {
  const answer = await ask(server, '{ __typename }', { key: 'pbk_unknown' })
  expect(answer.status).toBe(401)
  expect(answer.json?.errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED')
})

test("text that PostgreSQL cannot hold is the caller's mistake, not ours", async () => {
  const query = 'query ($s: String!) { organization(slug: $s) { id } sites(search: $s) { totalCount } }'
  for (const s of ['a\0b', '\ud800']) {
    const answer = await ask(server, query, { key: server.adminKey, variables: { s } })
    expect(answer.json?.errors?.map((error) => error.extensions?.code) ?? []).not.toContain(
      'INTERNAL_SERVER_ERROR',
    )
  }
})

test('a stranger may ask for nothing but who he is', async () => {
  const answer = await ask(server, '{ organizations { totalCount } }')
  expect(answer.json?.errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED')
})

test('an unknown id is NOT_FOUND; one that is malformed or of no type of ours is BAD_USER_INPUT', async () => {
  const unknown = Buffer.from('Site:01890000-0000-7000-8000-000000000000').toString('base64')
  const answer = await ask(server, `{ node(id: "${unknown}") { id } }`, { key: server.adminKey })
  expect(answer.json?.data).toEqual({ node: null })
  expect(answer.json?.errors?.[0]?.extensions?.code).toBe('NOT_FOUND')
  const several = await ask(server, `{ nodes(ids: ["${unknown}", "${unknown}"]) { id } }`, {
    key: server.adminKey,
  })
  expect(several.json?.data).toEqual({ nodes: [null, null] })
  expect(several.json?.errors?.map((error) => error.extensions?.code)).toEqual(['NOT_FOUND', 'NOT_FOUND'])
  const alien = Buffer.from('Nonsense:01890000-0000-7000-8000-000000000000').toString('base64')
  const typeless = await ask(server, `{ node(id: "${alien}") { id } }`, { key: server.adminKey })
  expect(typeless.json?.errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT')
  const malformed = await ask(server, '{ node(id: "nonsense") { id } }', { key: server.adminKey })
  expect(malformed.json?.errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT')
})

test('the logs tell who did what, and nothing of what was said', async () => {
  await ask(server, 'query Secretive($s: String!) { organization(slug: $s) { id } }', {
    key: server.adminKey,
    variables: { s: 'very-secret-value' },
  })
  const lines = server.logLines.map((line) => JSON.parse(line) as Record<string, unknown>)
  const line = lines.find((it) => it['operationName'] === 'Secretive')
  expect(line).toMatchObject({
    operationType: 'query',
    status: 200,
    requestId: expect.any(String),
    principal: expect.any(String),
    durationMs: expect.any(Number),
  })
  expect(server.logLines.join('\n')).not.toContain('very-secret-value')
  expect(server.logLines.join('\n')).not.toContain(server.adminKey)
})

test('GraphiQL comes from our own files, under a policy that lets nothing else in', async () => {
  const answer = await send(graphql(), { headers: { accept: 'text/html' } })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(answer.text).toContain('FirstLook')
  expect([...answer.text.matchAll(/<(?:script|link)[^>]+(?:src|href)="(https?:[^"]+)"/g)]).toEqual([])
})

test('/livez, /readyz, the root and what is not there', async () => {
  expect((await send(`${server.url}/livez`)).status).toBe(200)
  expect((await send(`${server.url}/readyz`)).status).toBe(200)
  expect((await send(`${server.url}/`, { redirect: 'manual' })).headers.get('location')).toBe('/graphql')
  expect((await send(`${server.url}/nowhere`)).status).toBe(404)
})
