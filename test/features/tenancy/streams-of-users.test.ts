import { afterAll, beforeAll, expect, test } from 'vitest'
import { GrantRoleDocument, RevokeRoleDocument, type Role } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { hours, seconds } from '../../../src/lib/units.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { eventually } from '../../support/http.ts'
import { RawSocket } from '../../support/raw-socket.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { openStage, type TestStage } from '../../support/stage.ts'
import { startIssuer, type FakeIssuer } from '../../support/token-issuer.ts'

const clock = new FakeClock(new Date())
let issuer: FakeIssuer
let server: TestServer
let stage: TestStage
beforeAll(async () => {
  issuer = await startIssuer(() => clock.now().getTime())
  const env = { JWT_ISSUER: issuer.url, JWT_AUDIENCE: issuer.audience }
  server = await startTestServer({ worker: false, clock, env })
  stage = await openStage(server)
})
afterAll(async () => {
  await stage.close()
  await server.close()
  await issuer.close()
})

const EVENTS = { query: 'subscription { events(type: "organization.*") { type } }' }

const inputOf = (name: string, role: Role) => ({
  input: { email: `${name}@example.com`, role, organizationId: stage.organizationId },
})

const grant = async (name: string, role: Role) =>
  accepted((await stage.admin.request(GrantRoleDocument, inputOf(name, role))).grantRole)

const revoke = async (name: string, role: Role) =>
  accepted((await stage.admin.request(RevokeRoleDocument, inputOf(name, role))).revokeRole)

/** What somebody listens by: the header of his requests, a WebSocket, and server-sent events. */
async function listening(name: string, claims: object = {}) {
  const token = await issuer.sign({ sub: name, email: `${name}@example.com`, name, ...claims })
  const authorization = `Bearer ${token}`
  const socket = await new RawSocket(server).open()
  socket.send({ type: 'connection_init', payload: { authorization } })
  await eventually('it is let in', () => socket.received.some(({ type }) => type === 'connection_ack'))
  socket.send({ type: 'subscribe', id: '1', payload: EVENTS })
  const listen = () =>
    fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify(EVENTS),
    })
  const stream = await listen()
  expect(stream.status).toBe(200)
  return { socket, stream, listen }
}

/** In the claim `exp`. */
const inHours = (count: number) => Math.floor((clock.now().getTime() + hours(count)) / 1000)

test('the streams of a user end within ten seconds of a lowered role, of his very last one, and of the end of his token', async () => {
  await grant('nora', 'OPERATOR')
  await grant('nora', 'VIEWER')
  await grant('pia', 'VIEWER')
  const roles = ['VIEWER@acme']
  const lowered = await listening('nora', { roles, exp: inHours(4) })
  const last = await listening('pia', { exp: inHours(4) })
  const ending = await listening('otto', { roles, exp: inHours(3) })

  await revoke('nora', 'OPERATOR')
  await revoke('pia', 'VIEWER')
  clock.advance(hours(3) + seconds(11))

  ending.socket.send({ type: 'subscribe', id: '2', payload: { query: '{ sites { totalCount } }' } })
  const answer = () => ending.socket.received.find(({ id }) => id === '2')
  await eventually('an operation after the end is refused', () => answer() !== undefined)
  expect(JSON.stringify(answer())).toContain('UNAUTHENTICATED')
  const within = AbortSignal.timeout(seconds(10))
  const tooLate = new Promise<never>((_resolve, reject) => {
    within.addEventListener('abort', () => reject(new Error('It has not ended within ten seconds.')))
  })
  const ended = [lowered, last, ending].map(async ({ socket, stream }) => {
    await stream.text()
    return await socket.closed
  })
  expect(await Promise.race([Promise.all(ended), tooLate])).toMatchObject([
    { code: 4403, reason: 'Role changed' },
    { code: 4403 },
    { code: 4403, reason: 'Forbidden' },
  ])
  expect(await (await last.listen()).text()).toContain('FORBIDDEN')
}, 20_000)
