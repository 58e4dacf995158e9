import { afterAll, beforeAll, expect, test } from 'vitest'
import { forgetDeliveries } from '../../../src/features/deliveries/forget-deliveries.ts'
import { requeueStranded } from '../../../src/features/deliveries/requeue-stranded.ts'
import { stopSending } from '../../../src/features/deliveries/stop-sending.ts'
import { takeTurn, type Turn } from '../../../src/features/deliveries/turns.ts'
import { minutes } from '../../../src/lib/units.ts'
import { eventually } from '../../support/http.ts'
import { openStage, rowId } from '../../support/stage.ts'
import { openByHand, turn, type ByHand } from './support/by-hand.ts'
import { apply, emit, yamlOf } from './support/webhooks.ts'

let it: ByHand
beforeAll(async () => {
  it = await openByHand()
})
afterAll(() => it.close())

const webhookTo = async (name: string, rest = ''): Promise<string> =>
  await apply(it.stage, yamlOf(name, `${it.receiver.url}/${name}`, { on: `${name}.*`, rest }))

/** Lets every write of that column of deliveries fail, as where the worker or the database dies just then. */
async function whileBroken(
  column: 'attempt' | 'body' | 'attempts',
  work: () => Promise<unknown>,
): Promise<void> {
  await it.server.owner.query(`
    create function break_off() returns trigger language plpgsql as $$ begin raise exception 'broken off'; end $$;
    create trigger break_off before update of ${column} on webhook_delivery
      for each row when (old.${column} is distinct from new.${column}) execute function break_off()`)
  await expect(work()).rejects.toThrow('broken off')
  await it.server.owner.query('drop trigger break_off on webhook_delivery; drop function break_off')
}

test.each([
  ['attempt', 'before it was begun', 1],
  ['body', 'before its body was kept', 1],
  ['attempts', 'after it was sent and before that was noted', 2],
] as const)('broken off at %s (%s), it gets there with the next attempt', async (column, _when, arrivals) => {
  const name = `broken-${column}`
  const webhookId = await webhookTo(name)
  const [id] = await it.happen(`${name}.off`)
  await whileBroken(column, () => it.attempt(id!))
  await it.attempt(id!)
  expect(await it.latest(webhookId)).toMatchObject({ status: 'DELIVERED', attempts: [{ statusCode: 204 }] })
  const ids = it.receiver.at(`/${name}`).map(({ headers }) => headers['webhook-id'])
  expect(ids).toEqual(Array.from({ length: arrivals }, () => id))
})

test('however often an event is read, a webhook has one delivery of it', async () => {
  const webhookId = await webhookTo('once')
  const eventId = rowId(await emit(it.stage, 'once.only'))
  const made = await Promise.all([1, 2, 3].map(() => turn(it.server, eventId)))
  const [id] = made[0]!
  for (const ids of made) expect(ids).toEqual([id])
  await it.attempt(id!)
  expect(await turn(it.server, eventId)).toEqual([])
  expect((await it.latest(webhookId)).webhook.deliveries).toHaveLength(1)
})

test('two workers at one delivery make one attempt; one that comes back too late changes nothing', async () => {
  const webhookId = await webhookTo('late')
  const held: (() => void)[] = []
  it.receiver.answer('/late', (response, _, count) => {
    if (count === 1) held.push(() => void response.writeHead(500).end())
    else response.writeHead(200).end()
  })
  const [id] = await it.happen('late.now')
  const slow = it.attempt(id!)
  await eventually('it was sent', () => held.length === 1)
  // The queue takes the first worker for dead, and gives the job to another.
  expect(await it.attempt(id!)).toBeNull()
  held[0]!()
  expect(await slow).toBeNull()
  expect(await it.latest(webhookId)).toMatchObject({ status: 'DELIVERED', attempts: [{ statusCode: 200 }] })

  const [next] = await it.happen('late.again')
  await Promise.all([it.attempt(next!), it.attempt(next!)])
  expect(it.receiver.at('/late').filter(({ headers }) => headers['webhook-id'] === next)).toHaveLength(1)
})

test('a process that stops waits for no receiver, and what it breaks off is no attempt of the delivery', async () => {
  const webhookId = await webhookTo('stopped')
  it.receiver.answer('/stopped', (response, _, count) => {
    if (count > 1) response.writeHead(200).end()
  })
  const [id] = await it.happen('stopped.amid')
  const brokenOff = it.attempt(id!)
  await eventually('it was sent', () => it.receiver.at('/stopped').length === 1)
  stopSending(it.server.app)
  expect(await brokenOff).toEqual({ inMs: 0 })
  expect(await it.latest(webhookId)).toMatchObject({ status: 'PENDING', attempts: [] })
  expect(await it.attempt(id!)).toBeNull()
  expect(await it.latest(webhookId)).toMatchObject({ status: 'DELIVERED', attempts: [{ statusCode: 200 }] })
})

test('a delivery that has lost its job gets one again', async () => {
  await webhookTo('lost')
  const [id] = await it.happen('lost.job')
  expect(await requeueStranded(it.server.app)).toBe(0)
  it.clock.advance(minutes(10))
  const others = await requeueStranded(it.server.app)
  expect(others).toBeGreaterThan(0)
  const { rows } = await it.server.app.database.pool.query<{ key: string }>(
    `select key from graphile_worker.jobs where key = 'webhook:' || $1`,
    [id],
  )
  expect(rows).toHaveLength(1)
  expect(await requeueStranded(it.server.app)).toBe(0)
})

test('what has ended is forgotten when events are, and what has not is kept', async () => {
  const webhookId = await webhookTo('old')
  await it.attempt((await it.happen('old.news'))[0]!)
  const [waiting] = await it.happen('old.wait')
  it.clock.advance(it.server.app.config.retention.eventsMs + 1)
  await forgetDeliveries(it.server.app)
  const left = await it.server.app.database.prisma.webhookDelivery.findMany({
    where: { webhookId: rowId(webhookId) },
    select: { id: true },
  })
  expect(left).toEqual([{ id: waiting }])
})

test('an organization takes at most as many turns as are free, so that one who floods leaves half to the others', () => {
  const turns: Turn[] = []
  const takeAll = (organization: string): number => {
    for (let taken = 0; ; taken++) {
      const turn = takeTurn(it.server.app, organization, `${organization}-${taken}.example`)
      if (!('release' in turn)) return taken
      turns.push(turn)
    }
  }
  expect(['first', 'second', 'third', 'fourth'].map(takeAll)).toEqual([10, 5, 3, 1])
  expect(takeAll('fifth')).toBe(1)
  for (const turn of turns) if ('release' in turn) turn.release()
  expect(takeAll('fifth')).toBe(10)
  for (const turn of turns.splice(20)) if ('release' in turn) turn.release()
})

test('64 deliveries to a slow host hold up no other: of one host four are on their way, and the others come again', async () => {
  const slow = it.elsewhere
  const held: (() => void)[] = []
  slow.answer('/slow', (response) => void held.push(() => void response.writeHead(200).end()))
  const other = await openStage(it.server, 'globex')
  await apply(it.stage, yamlOf('slow', `${slow.url}/slow`, { on: 'flood.*' }))
  await apply(other, yamlOf('quick', `${it.receiver.url}/quick`, { on: 'quick.*' }))
  await webhookTo('own')
  const ids = (await Promise.all(Array.from({ length: 64 }, () => it.happen('flood.of')))).flat()
  const attempts = ids.map((id) => it.attempt(id))
  await eventually('four are on their way', () => held.length === 4)
  const eventId = rowId(await emit(other, 'quick.now'))
  expect(await it.attempt((await turn(it.server, eventId))[0]!)).toBeNull()
  expect(await it.attempt((await it.happen('own.now'))[0]!)).toBeNull()
  expect([it.receiver.at('/quick').length, it.receiver.at('/own').length]).toEqual([1, 1])
  expect(held).toHaveLength(4)
  for (const answer of held) answer()
  const again = (await Promise.all(attempts)).flatMap((it) => (it === null ? [] : [it.inMs]))
  expect(again).toHaveLength(60)
  // Four a second come again, the last of them after 16 s, instead of all at once.
  expect(Math.max(...again)).toBeGreaterThan(10_000)
  expect(Math.max(...again)).toBeLessThan(17_000)
  await other.close()
})
