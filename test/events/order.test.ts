import { afterAll, beforeAll, expect, test } from 'vitest'
import { EventStreamDocument, SetSecretDocument } from '../../schema/generated/graphql.ts'
import { accepted } from '../../scripts/lib/accepted.ts'
import { eventually } from '../support/http.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { install, openStage, publishPlugin, type TestStage } from '../support/stage.ts'

let server: TestServer
let stage: TestStage
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  stage = await openStage(server)
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

test('events of one subject come in the order of its changes, however many change it at once', async () => {
  const installationId = accepted(await install(stage, await publishPlugin(stage, { id: 'contended' })))
    .installation!.id
  const set = async (key: string): Promise<void> => {
    const input = { installationId, key, value: 'a value' }
    accepted((await stage.operator.request(SetSecretDocument, { input })).setSecret)
  }
  const told: { key: string; version: number }[] = []
  void (async () => {
    for await (const { events } of stage.operator.subscribe(EventStreamDocument, {
      type: 'secret.changed',
    })) {
      told.push(events.payload as { key: string; version: number })
    }
  })().catch(() => undefined)
  await eventually('the subscription stands', async () => {
    await set('PROBE')
    return told.length > 0
  })
  await Promise.all(Array.from({ length: 40 }, (_, index) => set(index % 2 === 0 ? 'EVEN' : 'ODD')))
  const versionsOf = (key: string): number[] => told.filter((it) => it.key === key).map((it) => it.version)
  await eventually('all are told', () => versionsOf('EVEN').length + versionsOf('ODD').length === 40)
  const inOrder = Array.from({ length: 20 }, (_, index) => index + 1)
  expect(versionsOf('EVEN')).toEqual(inOrder)
  expect(versionsOf('ODD')).toEqual(inOrder)
})
