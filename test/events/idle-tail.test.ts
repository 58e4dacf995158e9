import type { Pool, QueryConfig, QueryResult } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { EventRecord } from '../../src/events/catalog.ts'
import type { StreamedEvent } from '../../src/events/read-events.ts'
import { recordEmission } from '../../src/events/record-emission.ts'
import { openEventTail, type EventTail } from '../../src/events/tail.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ worker: false })
})
afterAll(async () => await server.close())

const TEXT = 'x'.repeat(300_000)

/** The server's own pool, which calls back when events were read and nobody has them yet. */
function watchedPool(onRead: (rows: readonly { type: string }[]) => void): Pool {
  const { pool } = server.app.database
  const query = async (what: QueryConfig): Promise<QueryResult<{ type: string }>> => {
    const result = await pool.query<{ type: string }>(what)
    if (what.name === 'patchbay_events_new') onRead(result.rows)
    return result
  }
  return new Proxy(pool, { get: (target, key) => (key === 'query' ? query : Reflect.get(target, key)) })
}

async function emit(type: string): Promise<void> {
  await recordEmission(server.app, type, { text: TEXT }, 'made', { actorId: null, at: new Date() })
}

const lengthOf = ({ payload }: EventRecord): number => JSON.stringify(payload).length

test('where nobody subscribes great payloads of plugins are not read; who does so meanwhile has them', async () => {
  const ending = new AbortController()
  const { signal } = ending
  const heard: EventRecord[] = []
  let first: Promise<IteratorResult<StreamedEvent, void>> | undefined
  const pool = watchedPool((rows) => {
    if (rows.some(({ type }) => type === 'made.while_it_reads')) first ??= tail.subscribe(null, signal).next()
  })
  const tail: EventTail = await openEventTail(pool, server.app.bus, server.app.log)
  tail.onEvent((event) => void heard.push(event))
  try {
    await emit('made.while_idle')
    await tail.catchUp()
    const idle = heard.find(({ type }) => type === 'made.while_idle')!
    expect(lengthOf(idle)).toBeLessThan(100)
    await emit('made.while_it_reads')
    await tail.catchUp()
    const { value } = await first!
    expect(value).toMatchObject({ event: { type: 'made.while_it_reads', payload: { text: TEXT } } })
  } finally {
    ending.abort()
    await tail.close()
  }
})
