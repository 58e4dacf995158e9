import { afterAll, beforeAll, expect, test } from 'vitest'
import { GrantRoleDocument, RevokeRoleDocument } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { eventually } from '../../support/http.ts'
import { RawSocket } from '../../support/raw-socket.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { openStage, type TestStage } from '../../support/stage.ts'
import { startIssuer, type FakeIssuer } from '../../support/token-issuer.ts'

let issuer: FakeIssuer
let server: TestServer
let stage: TestStage
beforeAll(async () => {
  issuer = await startIssuer(() => Date.now())
  server = await startTestServer({
    worker: false,
    env: { JWT_ISSUER: issuer.url, JWT_AUDIENCE: issuer.audience },
  })
  stage = await openStage(server, 'acme')
})
afterAll(async () => {
  await stage.close()
  await server.close()
  await issuer.close()
})

const EVENTS = { query: 'subscription { events(type: "organization.*") { type } }' }

test('the streams of a user end within ten seconds of his very last role, and he may open none', async () => {
  const input = {
    email: 'pia@example.com',
    role: 'VIEWER' as const,
    organizationId: stage.organizationId,
  }
  accepted((await stage.admin.request(GrantRoleDocument, { input })).grantRole)
  const token = await issuer.sign({ sub: 'pia', email: 'pia@example.com', name: 'Pia' })
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

  accepted((await stage.admin.request(RevokeRoleDocument, { input })).revokeRole)

  const within = AbortSignal.timeout(10_000)
  const tooLate = new Promise<never>((_resolve, reject) => {
    within.addEventListener('abort', () => reject(new Error('It has not ended within ten seconds.')))
  })
  expect(await Promise.race([socket.closed, tooLate])).toMatchObject({ code: 4403 })
  await Promise.race([stream.text(), tooLate])
  expect(await (await listen()).text()).toContain('FORBIDDEN')
}, 20_000)
