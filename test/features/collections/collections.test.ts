import { afterAll, beforeAll, expect, test } from 'vitest'
import { accepted } from '../../../scripts/lib/accepted.ts'
import type { JsonValue } from '../../../src/lib/json.ts'
import { askerOf, deniedOf, type Ask } from '../../support/asking.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { install, openStage, publishPlugin, run, type TestStage } from '../../support/stage.ts'

const permissions = ['storage:read', 'storage:write']
const widgets = {
  schema: {
    type: 'object',
    required: ['sku'],
    additionalProperties: false,
    properties: {
      sku: { type: 'string' },
      price: { type: ['number', 'null'] },
      status: { type: 'string', enum: ['new', 'sold'], default: 'new' },
      address: { type: 'object' },
      place: {},
      note: { type: 'string' },
    },
  },
  indexes: ['price', 'status', 'place'],
  unique: ['sku'],
}
const anything = { schema: { type: 'object', properties: { key: {} } }, indexes: ['key'] }
let server: TestServer
let stage: TestStage
let other: TestStage
let ask: Ask
let atOtherSite: Ask
let askOther: Ask
let neighbour: Ask
beforeAll(async () => {
  const env = { PLUGIN_COLLECTIONS_DOCUMENTS: '60', PLUGIN_COLLECTIONS_QUOTA_MB: '2' }
  server = await startTestServer({ worker: false, env })
  stage = await openStage(server, 'acme')
  other = await openStage(server, 'globex')
  const collections = { widgets, anything, others: widgets }
  const code = 'export default {}\n'
  const packageId = await publishPlugin(stage, { id: 'keeper', permissions, collections }, code)
  const at = async (by: TestStage, siteId: string): Promise<Ask> =>
    await askerOf(server, accepted(await install(by, packageId, { siteId, activate: true })).installation!.id)
  ask = await at(stage, stage.siteIds[0]!)
  atOtherSite = await at(stage, stage.siteIds[1]!)
  askOther = await at(other, other.siteIds[0]!)
  neighbour = await askerOf(server, await run(stage, { id: 'neighbour', permissions, collections }, code))
})
afterAll(async () => {
  await Promise.all([stage.close(), other.close()])
  await server.close()
})

interface Stored {
  id: string
  version: number
  document: Record<string, JsonValue>
}
const insert = async (document: JsonValue, by = ask, collection = 'widgets'): Promise<Stored> =>
  (await by('collections.insert', { collection, document })) as unknown as Stored
const get = async (id: string, by = ask, collection = 'widgets') =>
  await by('collections.get', { collection, id })
const update = async (id: string, changes: JsonValue, more: Record<string, JsonValue> = {}, by = ask) =>
  (await by('collections.update', { collection: 'widgets', id, changes, ...more })) as unknown as Stored
const remove = async (id: string, more: Record<string, JsonValue> = {}, by = ask, collection = 'widgets') =>
  await by('collections.delete', { collection, id, ...more })
const count = async (where: JsonValue = {}, by = ask, collection = 'widgets') =>
  await by('collections.count', { collection, query: { where } })
const clear = async (by: Ask, collection: string): Promise<void> => {
  for (;;) {
    const found = await by('collections.find', { collection, query: { limit: 100 } })
    const { documents } = found as unknown as { documents: Stored[] }
    if (documents.length === 0) return
    for (const { id } of documents) await remove(id, {}, by, collection)
  }
}

test('a document is what was last written, for all sites of the organization and for nobody else', async () => {
  const made = await insert({ sku: 'A', price: 1 })
  expect(made).toMatchObject({ version: 1, document: { sku: 'A', price: 1, status: 'new' } })
  expect(await get(made.id, atOtherSite)).toEqual(made)
  for (const [by, collection] of [
    [askOther, 'widgets'],
    [neighbour, 'widgets'],
    [ask, 'others'],
  ] as const) {
    expect(await get(made.id, by, collection)).toBeNull()
    expect(await remove(made.id, {}, by, collection)).toBe(false)
    const update = async (id: string) =>
      await deniedOf(by('collections.update', { collection, id, changes: {} }))
    expect(await update(made.id)).toEqual(await update('unknown'))
  }
  expect(await count({}, askOther)).toBe(0)
  const changed = await update(made.id, { price: null, status: 'sold' }, {}, atOtherSite)
  expect(changed).toMatchObject({ version: 2, document: { sku: 'A', status: 'sold' } })
  expect(changed.document).not.toHaveProperty('price')
  expect(await update(made.id, { sku: 'A', price: null }, { replace: true })).toMatchObject({
    version: 3,
    document: { sku: 'A', price: null, status: 'new' },
  })
  expect([await remove(made.id), await remove(made.id), await get(made.id)]).toEqual([true, false, null])
})

test('documents come back as they were written: numbers, order of keys, NUL and half characters', async () => {
  const document = JSON.parse(
    '{"z":1e308,"a":-0.1,"b":"\\u0000","c":"\\ud800","d":{"y":[1,[2]],"x":{}}}',
  ) as JsonValue
  const { id } = await insert(document, ask, 'anything')
  expect(JSON.stringify(((await get(id, ask, 'anything')) as unknown as Stored).document)).toBe(
    JSON.stringify(document),
  )
  await clear(ask, 'anything')
})

test.each([
  [{}, 'INVALID_DOCUMENT', 'required'],
  [[], 'INVALID_DOCUMENT', 'no object'],
  ['text', 'INVALID_DOCUMENT', 'no object'],
  [{ sku: 1 }, 'INVALID_DOCUMENT', 'sku must be string'],
  [{ sku: 'A', color: 'red' }, 'INVALID_DOCUMENT', 'color'],
  [{ sku: 'A', status: 'lost' }, 'INVALID_DOCUMENT', 'status'],
  [{ sku: 'x'.repeat(1001) }, 'INVALID_DOCUMENT', 'index'],
  [{ sku: 'A', place: ['x'] }, 'INVALID_DOCUMENT', 'place'],
  [{ sku: '\ud800' }, 'INVALID_DOCUMENT', 'index'],
  [{ sku: 'A', note: 'x'.repeat(256 * 1024) }, 'DOCUMENT_TOO_LARGE', '256 KiB'],
])('the document %j is refused with %s', async (document, code, why) => {
  const told = await deniedOf(insert(document))
  expect([told.code, told.message]).toEqual([code, expect.stringContaining(why)])
  expect(await count()).toBe(0)
})

test('a unique field is, whoever writes at once; what has no value is not held to it', async () => {
  const answers = await Promise.allSettled(
    Array.from({ length: 10 }, (_, index) =>
      insert({ sku: 'same', price: index }, index % 2 ? ask : atOtherSite),
    ),
  )
  expect(answers.filter((it) => it.status === 'fulfilled')).toHaveLength(1)
  expect(answers.find((it) => it.status === 'rejected')).toMatchObject({ reason: { code: 'UNIQUE' } })
  const second = await insert({ sku: 'other' })
  expect(await deniedOf(update(second.id, { sku: 'same' }))).toMatchObject({ code: 'UNIQUE' })
  await update(second.id, { sku: 'other' })
  await insert({ sku: 'same' }, askOther)
  await clear(askOther, 'widgets')
  await clear(ask, 'widgets')
  expect(await insert({ sku: 'same' })).toMatchObject({ version: 1 })
  await clear(ask, 'widgets')
})

test('of updates that saw the same version one holds; without a version all do', async () => {
  const { id } = await insert({ sku: 'A', address: {} })
  const same = await Promise.allSettled(
    Array.from({ length: 8 }, (_, index) => update(id, { price: index }, { version: 1 })),
  )
  expect(same.filter((it) => it.status === 'fulfilled')).toHaveLength(1)
  expect(same.find((it) => it.status === 'rejected')).toMatchObject({ reason: { code: 'CONFLICT' } })
  await Promise.all(Array.from({ length: 8 }, (_, index) => update(id, { address: { [`k${index}`]: 1 } })))
  const now = (await get(id)) as unknown as Stored
  expect([now.version, Object.keys(now.document['address']!)]).toEqual([
    10,
    expect.objectContaining({ length: 8 }),
  ])
  expect(await deniedOf(remove(id, { version: 9 }))).toMatchObject({ code: 'CONFLICT' })
  expect(await remove(id, { version: 10 })).toBe(true)
})

test('several documents are updated all or none', async () => {
  const made = [await insert({ sku: 'A' }), await insert({ sku: 'B' })]
  const many = async (...skus: string[]) => {
    const updates = made.map(({ id }, index) => ({ id, version: 1, changes: { sku: skus[index]! } }))
    return await ask('collections.updateMany', { collection: 'widgets', updates })
  }
  expect(await deniedOf(many('C', 'C'))).toMatchObject({ code: 'UNIQUE' })
  expect(await count({ sku: { in: ['A', 'B'] } })).toBe(2)
  expect(await many('C', 'D')).toEqual(made.map(({ id }) => ({ id, version: 2 })))
  expect(await deniedOf(many('E', 'F'))).toMatchObject({ code: 'CONFLICT' })
  await clear(ask, 'widgets')
})

test('parallel writes do not overshoot the quotas, and what goes makes room', async () => {
  const many = await Promise.allSettled(
    Array.from({ length: 70 }, (_, key) => insert({ key }, neighbour, 'anything')),
  )
  expect(many.filter((it) => it.status === 'fulfilled')).toHaveLength(60)
  expect(many.find((it) => it.status === 'rejected')).toMatchObject({ reason: { code: 'QUOTA_EXCEEDED' } })
  await insert({ sku: 'A' }, ask)
  await clear(neighbour, 'anything')
  const text = 'x'.repeat(250 * 1024)
  const large = await Promise.allSettled(
    Array.from({ length: 12 }, () => insert({ text }, neighbour, 'anything')),
  )
  expect(large.filter((it) => it.status === 'fulfilled')).toHaveLength(8)
  const all = await neighbour('collections.find', { collection: 'anything', query: {} })
  const page = all as unknown as { documents: Stored[]; after: string }
  expect(page.documents.length, 'no more than cross at once').toBe(3)
  const rest = await neighbour('collections.find', { collection: 'anything', query: { after: page.after } })
  expect((rest as unknown as { documents: Stored[] }).documents[0]!.id > page.documents[2]!.id).toBe(true)
  await clear(neighbour, 'anything')
  await clear(ask, 'widgets')
  const { rows } = await server.app.database.pool.query(
    'select sum(documents + document_bytes) as kept from plugin_storage',
  )
  expect(rows).toEqual([{ kept: '0' }])
})

test.each([
  ['collections.insert', { collection: 'gadgets', document: {} }, 'UNKNOWN_COLLECTION'],
  ['collections.get', { collection: '__proto__', id: '1' }, 'UNKNOWN_COLLECTION'],
  ['collections.get', { collection: 'widgets' }, 'BAD_INPUT'],
  ['collections.insert', { collection: 'widgets' }, 'BAD_INPUT'],
  ['collections.update', { collection: 'widgets', id: 'x', changes: {}, version: '1' }, 'BAD_INPUT'],
  ['collections.find', { collection: 'widgets', query: { limit: 101 } }, 'BAD_INPUT'],
  ['collections.find', { collection: 'widgets', query: { skip: 1 } }, 'BAD_INPUT'],
])('%s of %j is refused with %s', async (operation, input, code) => {
  expect(await deniedOf(ask(operation, input as JsonValue))).toMatchObject({ code })
})
