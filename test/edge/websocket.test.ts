import { createClient, type Client } from 'graphql-ws'
import { createClient as createSseClient } from 'graphql-sse'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { ask, eventually, send } from '../support/http.ts'
import { RawSocket } from '../support/raw-socket.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ worker: false, env: { PATCHBAY_SUBSCRIPTIONS_PER_SOCKET: '3' } })
})
afterAll(() => server.close())

const EVENTS = 'subscription { events(type: "organization.*") { type cursor payload } }'
const subscribe = (id: string, query = EVENTS) => ({ type: 'subscribe', id, payload: { query } })

describe('the protocol is held to', () => {
  test('no init in time: 4408', async () => {
    expect((await (await new RawSocket(server).open()).closed).code).toBe(4408)
  })
  test('a second init: 4429', async () => {
    const socket = await (await new RawSocket(server).open()).init()
    socket.send({ type: 'connection_init' })
    expect((await socket.closed).code).toBe(4429)
  })
  test('a subscription before the ack: 4401', async () => {
    const socket = await new RawSocket(server).open()
    socket.send(subscribe('1'))
    expect((await socket.closed).code).toBe(4401)
  })
  test('an id twice: 4409', async () => {
    const socket = await (await new RawSocket(server).open()).init()
    socket.send(subscribe('1'))
    socket.send(subscribe('1'))
    expect((await socket.closed).code).toBe(4409)
  })
  test('garbage: 4400', async () => {
    const socket = await new RawSocket(server).open()
    socket.send('{nonsense')
    expect((await socket.closed).code).toBe(4400)
  })
  test('a frame over 1 MB: 1009', async () => {
    const socket = await (await new RawSocket(server).open()).init()
    socket.send('x'.repeat(1_100_000))
    expect((await socket.closed).code).toBe(1009)
  })
  test('a key that is not valid: 4403', async () => {
    const socket = await new RawSocket(server).open()
    socket.send({ type: 'connection_init', payload: { authorization: 'Bearer pbk_nobody' } })
    expect((await socket.closed).code).toBe(4403)
  })
  test('a page of another origin may not open one', async () => {
    const socket = new RawSocket(server, { origin: 'https://evil.example' })
    expect((await socket.closed).code).toBe(1006)
    expect(socket.received).toEqual([])
  })
  test('the limits of the graph hold here too', async () => {
    const socket = await (await new RawSocket(server).open()).init()
    socket.send(
      subscribe('1', `{${Array.from({ length: 101 }, (_, i) => `a${i}: viewer { __typename }`).join(' ')}}`),
    )
    await eventually('the error', () => socket.received.some((it) => it.type === 'error'))
    expect(JSON.stringify(socket.received)).toContain('Aliases limit')
    socket.socket.terminate()
  })
})

test('more subscriptions than a socket may have are refused, and places come back, also after errors', async () => {
  const socket = await (await new RawSocket(server).open()).init()
  for (const id of ['1', '2', '3', '4']) socket.send(subscribe(id))
  await eventually('the refusal', () => socket.received.some((it) => it.id === '4'))
  expect(JSON.stringify(socket.received.find((it) => it.id === '4'))).toContain('RATE_LIMITED')
  socket.send(subscribe('bad', 'subscription { installationHealth(installationId: "nonsense") { cursor } }'))
  await eventually('the error', () => socket.received.some((it) => it.id === 'bad'))
  socket.send({ type: 'complete', id: '1' })
  let attempt = 0
  await eventually('a place', async () => {
    const id = `again-${attempt++}`
    const before = socket.received.length
    socket.send(subscribe(id))
    await new Promise((resolve) => setTimeout(resolve, 50))
    return socket.received.slice(before).every((it) => it.id !== id)
  })
  socket.socket.terminate()
})

let made = 0
async function makeOrganization(): Promise<string> {
  const slug = `org-${++made}`
  const query = `mutation { createOrganization(input: { slug: "${slug}", name: "x" }) { userErrors { message } } }`
  await ask(server, query, { key: server.adminKey })
  return slug
}

interface WatchedClient {
  client: Client
  /** When the server has let the socket in. */
  connected: Promise<void>
  closed: Promise<{ code: number; reason: string }>
}

function wsClient(key: string): WatchedClient {
  const letIn = Promise.withResolvers<void>()
  let tell: (closing: { code: number; reason: string }) => void
  const closed = new Promise<{ code: number; reason: string }>((resolve) => (tell = resolve))
  const client = createClient({
    url: server.wsUrl,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${key}` },
    retryAttempts: 0,
    on: {
      connected: () => letIn.resolve(),
      closed: (event) => tell(event as { code: number; reason: string }),
    },
  })
  return { client, connected: letIn.promise, closed }
}

test("graphql-ws' own client and graphql-sse's get the same events", async () => {
  const { client } = wsClient(server.adminKey)
  const sse = createSseClient({
    url: `${server.url}/graphql`,
    headers: { authorization: `Bearer ${server.adminKey}` },
    retryAttempts: 0,
  })
  const overWs = client.iterate({ query: EVENTS })
  const overSse = sse.iterate({ query: EVENTS })
  const first = [overWs.next(), overSse.next()]
  // A subscription begins when the server has taken it up, which a client is not told: it is fed until it has.
  let done = false
  const all = Promise.all(first).finally(() => (done = true))
  await eventually('both have an event', async () => {
    if (!done) await makeOrganization()
    return done
  })
  for (const { value } of await all) {
    expect((value as { data: { events: { type: string } } }).data.events.type).toBe('organization.created')
  }
  await Promise.all([overWs.return?.(), overSse.return?.()])
  await client.dispose()
  sse.dispose()
})

async function keyOf(role: string): Promise<{ id: string; secret: string }> {
  const query = `mutation { createApiKey(input: { name: "live", role: ${role} }) { secret apiKey { id } } }`
  const { json } = await ask(server, query, { key: server.adminKey })
  const { secret, apiKey } = json!.data!['createApiKey'] as { secret: string; apiKey: { id: string } }
  return { id: apiKey.id, secret }
}

test('a revoked key is refused at once, and its open WebSockets and SSE streams end', async () => {
  const key = await keyOf('VIEWER')
  const { client, connected, closed } = wsClient(key.secret)
  const stream = client.iterate({ query: EVENTS })
  const ended = stream.next().catch((error: unknown) => error)
  const sse = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key.secret}`,
      'content-type': 'application/json',
      accept: 'text/event-stream',
    },
    body: JSON.stringify({ query: EVENTS }),
  })
  const sseText = sse.text()
  await connected
  await ask(server, `mutation { revokeApiKey(input: { apiKeyId: "${key.id}" }) { apiKey { revokedAt } } }`, {
    key: server.adminKey,
  })
  expect((await ask(server, '{ viewer { __typename } }', { key: key.secret })).status).toBe(401)
  expect(await closed).toMatchObject({ code: 4403, reason: 'Forbidden' })
  await ended
  await sseText
})

test('a lowered role closes the socket, which comes back with what it may do now', async () => {
  const key = await keyOf('OPERATOR')
  const { client, connected, closed } = wsClient(key.secret)
  const ended = client
    .iterate({ query: EVENTS })
    .next()
    .catch((error: unknown) => error)
  await connected
  const principalId = Buffer.from(key.id, 'base64').toString().split(':')[1]!
  await server.app.database.prisma.membership.updateMany({ where: { principalId }, data: { role: 'VIEWER' } })
  expect(await closed).toMatchObject({ code: 4403, reason: 'Role changed' })
  await ended
})

test('an expired key is refused', async () => {
  const key = await keyOf('VIEWER')
  const id = Buffer.from(key.id, 'base64').toString().split(':')[1]!
  await server.app.database.prisma.apiKey.update({ where: { id }, data: { expiresAt: new Date(0) } })
  expect((await ask(server, '{ viewer { __typename } }', { key: key.secret })).status).toBe(401)
})

test('a reader that stops reading is told to resume, and nobody else notices', async () => {
  const slow = await (await new RawSocket(server).open()).init()
  const fast = await (await new RawSocket(server).open()).init()
  slow.send(subscribe('1', 'subscription { events { type payload } }'))
  fast.send(subscribe('1', 'subscription { events { type } }'))
  await eventually('both are taken up', async () => {
    await makeOrganization()
    return slow.received.length > 1 && fast.received.length > 1
  })
  slow.socket.pause()
  const organizationId = (
    await server.app.database.prisma.organization.findFirstOrThrow({ select: { id: true } })
  ).id
  const globalId = Buffer.from(`Organization:${organizationId}`).toString('base64')
  const before = fast.received.length
  // Some megabytes fill the sockets' own buffers; what is behind them is the server's memory.
  for (let index = 0; index < 30; index++) {
    const answer = await ask(
      server,
      'mutation ($i: EmitEventInput!) { emitEvent(input: $i) { subscribers userErrors { message } } }',
      {
        key: server.adminKey,
        variables: {
          i: { type: 'bulk.data.sent', organizationId: globalId, payload: { filler: 'x'.repeat(900_000) } },
        },
      },
    )
    expect(answer.json?.errors).toBeUndefined()
  }
  await eventually('the fast one has all', () => fast.received.length >= before + 30)
  slow.socket.resume()
  await eventually('the slow one is told to resume by its cursor', () =>
    slow.received.some((it) => it.type === 'error'),
  )
  expect(JSON.stringify(slow.received.find((it) => it.type === 'error'))).toContain('RATE_LIMITED')
  slow.socket.terminate()
  expect((await send(`${server.url}/livez`)).status).toBe(200)
  fast.socket.terminate()
})
