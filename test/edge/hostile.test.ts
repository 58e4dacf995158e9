import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, eventually, send } from '../support/http.ts'
import { RawSocket } from '../support/raw-socket.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ worker: false, env: { PATCHBAY_SUBSCRIPTIONS_PER_TENANT: '4' } })
})
afterAll(() => server.close())

const alive = async (): Promise<void> => {
  expect((await ask(server, '{ viewer { __typename } }')).json).toEqual({ data: { viewer: null } })
}
const opened = async (): Promise<RawSocket> => (await new RawSocket(server).open()).init()
const subscribe = (id: string, query: string, variables?: unknown) => ({
  type: 'subscribe',
  id,
  payload: { query, variables },
})
const EVENTS = 'subscription { events { type } }'

test('an upgrade whose address is none is refused, and the process lives', async () => {
  const { port } = new URL(server.url)
  const socket = connect(Number(port), '127.0.0.1')
  socket.write(
    'GET // HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  const answer = await new Promise<string>((resolve) =>
    socket.once('data', (data) => resolve(data.toString())),
  )
  expect(answer).toContain('404')
  socket.destroy()
  await alive()
})

test('a flood of pings whose answers are not read ends that socket alone', async () => {
  const socket = await new RawSocket(server).open()
  socket.socket.pause()
  const ping = JSON.stringify({ type: 'ping', payload: { filler: 'x'.repeat(900_000) } })
  let cut = false
  socket.socket.on('error', () => (cut = true))
  socket.socket.on('close', () => (cut = true))
  for (let index = 0; index < 60 && !cut; index++) {
    await new Promise<void>((resolve) => socket.socket.send(ping, () => resolve()))
  }
  socket.socket.resume()
  expect((await socket.closed).code).not.toBe(1000)
  await alive()
})

describe('a revoked key', () => {
  async function keyOf(): Promise<{ id: string; secret: string }> {
    const query = 'mutation { createApiKey(input: { name: "live", role: VIEWER }) { secret apiKey { id } } }'
    const { json } = await ask(server, query, { key: server.adminKey })
    const { secret, apiKey } = json!.data!['createApiKey'] as { secret: string; apiKey: { id: string } }
    return { id: apiKey.id, secret }
  }
  const revoke = (id: string) =>
    ask(server, `mutation { revokeApiKey(input: { apiKeyId: "${id}" }) { apiKey { id } } }`, {
      key: server.adminKey,
    })

  test('executes nothing more on a socket that ignores its close', async () => {
    const key = await keyOf()
    const socket = await (await new RawSocket(server).open()).init(key.secret)
    socket.socket.pause()
    await revoke(key.id)
    await server.app.events.catchUp()
    socket.send(subscribe('late', '{ organizations { totalCount } }'))
    socket.socket.resume()
    await socket.closed
    expect(socket.received.filter((it) => it.type === 'next')).toEqual([])
  })

  test('loses its stream however it asked for it', async () => {
    const key = await keyOf()
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key.secret}`, 'content-type': 'application/json', accept: '*/*' },
      body: JSON.stringify({ query: EVENTS }),
    })
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    await revoke(key.id)
    expect(await response.text()).toContain('complete')
  })
})

test('a mutation over WebSocket is executed, as one over HTTP', async () => {
  const socket = await opened()
  socket.send(
    subscribe(
      '1',
      'mutation { createOrganization(input: { slug: "by-socket", name: "x" }) { organization { slug } } }',
    ),
  )
  await eventually('the answer', () => socket.received.some((it) => it.id === '1'))
  expect(JSON.stringify(socket.received)).toContain('by-socket')
  socket.socket.terminate()
})

test('variables that do not fit end their operation, not the socket', async () => {
  const socket = await opened()
  socket.send(subscribe('good', EVENTS))
  socket.send(subscribe('bad', 'query ($n: Int!) { plugins(first: $n) { totalCount } }', { n: 'x' }))
  socket.send(
    subscribe('missing', 'subscription ($id: ID!) { deploymentProgress(deploymentId: $id) { cursor } }'),
  )
  await eventually('both refusals', () =>
    ['bad', 'missing'].every((id) => socket.received.some((it) => it.id === id)),
  )
  socket.send(subscribe('after', '{ viewer { __typename } }'))
  await eventually('life after it', () =>
    socket.received.some((it) => it.id === 'after' && it.type === 'next'),
  )
  socket.socket.terminate()
})

test.each([
  ['null', '{}'],
  ['{"query":"{ viewer { __typename } }"}', '{"0":5}'],
  ['{"query":"{ viewer { __typename } }"}', '{"0":[5]}'],
  ['not json', '{}'],
])('a multipart request with operations %s and map %s is its sender’s mistake', async (operations, map) => {
  const form = new FormData()
  form.set('operations', operations)
  form.set('map', map)
  form.set('0', new File(['x'], 'x.zip'))
  const headers = { authorization: `Bearer ${server.adminKey}` }
  const answer = await send(`${server.url}/graphql`, { method: 'POST', headers, body: form })
  const codes = answer.json?.errors?.map((error) => error.extensions?.code) ?? []
  expect(codes).not.toContain('INTERNAL_SERVER_ERROR')
  await alive()
})

test('a stranger may not upload', async () => {
  const form = new FormData()
  form.set('operations', '{"query":"{ viewer { __typename } }"}')
  form.set('map', '{}')
  form.set('0', new File([new Uint8Array(2_000_000)], 'x.zip'))
  const headers = { 'x-patchbay-csrf': '1' }
  const answer = await send(`${server.url}/graphql`, { method: 'POST', headers, body: form })
  expect(answer.status).toBe(413)
})

test('an organization has only so many streams, by however many keys, and no other one notices', async () => {
  const keyIn = async (slug: string, id?: string): Promise<{ key: string; id: string }> => {
    const made = id ?? (await organization(slug))
    const query =
      'mutation ($o: ID!) { createApiKey(input: { name: "k", role: VIEWER, organizationId: $o }) { secret } }'
    const { json } = await ask(server, query, { key: server.adminKey, variables: { o: made } })
    return { key: (json!.data!['createApiKey'] as { secret: string }).secret, id: made }
  }
  const organization = async (slug: string): Promise<string> => {
    const query = `mutation { createOrganization(input: { slug: "${slug}", name: "x" }) { organization { id } } }`
    const { json } = await ask(server, query, { key: server.adminKey })
    return (json!.data!['createOrganization'] as { organization: { id: string } }).organization.id
  }
  const first = await keyIn('crowded')
  const second = await keyIn('crowded', first.id)
  const other = await keyIn('quiet')
  const one = await (await new RawSocket(server).open()).init(first.key)
  const two = await (await new RawSocket(server).open()).init(second.key)
  const three = await (await new RawSocket(server).open()).init(other.key)
  for (const id of ['1', '2', '3']) one.send(subscribe(id, EVENTS))
  let attempts = 0
  await eventually('the other key of the organization is refused', () => {
    two.send(subscribe(`attempt-${attempts++}`, EVENTS))
    return two.received.some((it) => it.id?.startsWith('attempt'))
  })
  expect(JSON.stringify(two.received)).toContain('RATE_LIMITED')
  three.send(subscribe('6', EVENTS))
  three.send(subscribe('7', '{ viewer { __typename } }'))
  await eventually('the other organization is served', () => three.received.some((it) => it.id === '7'))
  expect(three.received.filter((it) => it.id === '6')).toEqual([])
  for (const socket of [one, two, three]) socket.socket.terminate()
})
