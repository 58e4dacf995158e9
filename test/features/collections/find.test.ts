import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JsonValue } from '../../../src/lib/json.ts'
import { askerOf, deniedOf, type Ask } from '../../support/asking.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { openStage, run, type TestStage } from '../../support/stage.ts'

const permissions = ['storage:read', 'storage:write']
const items = {
  schema: { type: 'object', properties: { sku: {}, size: {}, group: {}, hidden: {} } },
  indexes: ['size', 'group'],
  unique: ['sku'],
}
/** Each with its `sku`. */
const DOCUMENTS: Record<string, JsonValue>[] = [
  { sku: 'A-1', size: 1, group: 'x' },
  { sku: 'A-2', size: -1.5, group: 'x' },
  { sku: 'a-3', size: 10, group: 'y' },
  { sku: 'Ä', size: 9, group: null },
  { sku: 'B%_', size: '10', group: true },
  { sku: '\u{10FFFF}z', size: 1e300 },
  { sku: 'A-\0', size: 0, group: false },
]
let server: TestServer
let stage: TestStage
let ask: Ask
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  stage = await openStage(server, 'acme')
  const plugin = { id: 'keeper', permissions, collections: { items, empty: items } }
  ask = await askerOf(server, await run(stage, plugin, 'export default {}\n'))
  for (const document of DOCUMENTS) await ask('collections.insert', { collection: 'items', document })
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

interface Page {
  documents: { id: string; document: { sku: string } }[]
  after: string | null
}
const find = async (query: JsonValue, collection = 'items'): Promise<Page> =>
  (await ask('collections.find', { collection, query })) as unknown as Page
const skus = async (where: JsonValue): Promise<string[]> =>
  (await find({ where })).documents.map(({ document }) => document.sku)

test.each<[JsonValue, string[]]>([
  [{}, DOCUMENTS.map(({ sku }) => sku as string)],
  [{ sku: { eq: 'A-1' } }, ['A-1']],
  [{ sku: { eq: 'a-1' } }, []],
  [{ sku: { prefix: 'A-' } }, ['A-1', 'A-2', 'A-\0']],
  [{ sku: { prefix: '' } }, DOCUMENTS.map(({ sku }) => sku as string)],
  [{ sku: { prefix: '\u{10FFFF}' } }, ['\u{10FFFF}z']],
  [{ sku: { prefix: 'B%' } }, ['B%_']],
  [{ sku: { prefix: '%' } }, []],
  [{ sku: { in: ['Ä', 'A-2', 'none'] } }, ['A-2', 'Ä']],
  [{ sku: { in: [] } }, []],
  [{ size: { gt: 1 } }, ['a-3', 'Ä', '\u{10FFFF}z']],
  [{ size: { gte: 1, lt: 10 } }, ['A-1', 'Ä']],
  [{ size: { lte: 0 } }, ['A-2', 'A-\0']],
  [{ size: { gt: '1' } }, ['B%_']],
  [{ group: { eq: null } }, ['Ä', '\u{10FFFF}z']],
  [{ group: { in: [true, false] } }, ['B%_', 'A-\0']],
  [{ group: { eq: 'x' }, size: { lt: 0 } }, ['A-2']],
  [{ or: [{ group: { eq: 'y' } }, { size: { eq: -1.5 } }] }, ['A-2', 'a-3']],
  [{ group: { eq: 'x' }, or: [{ sku: { eq: 'A-1' } }, { sku: { eq: 'a-3' } }] }, ['A-1']],
  [{ and: [{ or: [{ size: { gt: 8 } }, { size: { lt: 0 } }] }, { sku: { prefix: 'A' } }] }, ['A-2']],
  [{ or: [{}, { sku: { eq: 'none' } }] }, DOCUMENTS.map(({ sku }) => sku as string)],
  [{ id: { eq: 'none' } }, []],
])('%j finds %j, and counts them', async (where, expected) => {
  expect(await skus(where)).toEqual(expected)
  expect(await ask('collections.count', { collection: 'items', query: { where } })).toBe(expected.length)
})

test.each<[JsonValue, string]>([
  [{ hidden: { eq: 1 } }, 'NOT_INDEXED'],
  [{ version: { eq: 1 } }, 'NOT_INDEXED'],
  [{ "sku' or '1'='1": { eq: 1 } }, 'NOT_INDEXED'],
  [{ toString: { eq: 1 } }, 'NOT_INDEXED'],
  [{ sku: 'A-1' }, 'BAD_FILTER'],
  [{ sku: {} }, 'BAD_FILTER'],
  [{ sku: { eq: {} } }, 'BAD_FILTER'],
  [{ sku: { like: '%' } }, 'BAD_FILTER'],
  [{ sku: { toString: 'x' } }, 'BAD_FILTER'],
  [{ sku: { in: 'A' } }, 'BAD_FILTER'],
  [{ sku: { in: Array(101).fill('x') } }, 'BAD_FILTER'],
  [{ sku: { prefix: 1 } }, 'BAD_FILTER'],
  [{ sku: { gt: null } }, 'BAD_FILTER'],
  [{ sku: { eq: 'x'.repeat(2000) } }, 'BAD_FILTER'],
  [{ sku: { eq: '\ud800' } }, 'BAD_FILTER'],
  [{ id: { gt: 'x' } }, 'BAD_FILTER'],
  [{ id: { prefix: '0' } }, 'BAD_FILTER'],
  [{ or: [] }, 'BAD_FILTER'],
  [{ or: { sku: { eq: 1 } } }, 'BAD_FILTER'],
  [{ or: Array.from({ length: 33 }, () => ({ sku: { eq: 1 } })) }, 'BAD_FILTER'],
  [JSON.parse('{"and":['.repeat(6) + '{}' + ']}'.repeat(6)) as JsonValue, 'BAD_FILTER'],
  [[], 'BAD_FILTER'],
])('the filter %j is refused with %s', async (where, code) => {
  expect(await deniedOf(find({ where }))).toMatchObject({ code })
})

test('pages in the order of an index, or of the ids, join without gap or repeat, both ways', async () => {
  const inOrder = async (orderBy: JsonValue): Promise<string[]> => {
    const seen: string[] = []
    let after: string | null = null
    do {
      const page: Page = await find({ orderBy, limit: 2, after })
      seen.push(...page.documents.map(({ document }) => document.sku))
      after = page.after
    } while (after !== null)
    return seen
  }
  const bySku = ['A-\0', 'A-1', 'A-2', 'B%_', 'a-3', 'Ä', '\u{10FFFF}z']
  expect(await inOrder({ sku: 'asc' })).toEqual(bySku)
  expect(await inOrder({ sku: 'desc' })).toEqual(bySku.toReversed())
  expect(await inOrder({ size: 'asc' })).toEqual(['A-2', 'A-\0', 'A-1', 'Ä', 'a-3', '\u{10FFFF}z', 'B%_'])
  expect(await inOrder({ group: 'asc' })).toEqual(['Ä', '\u{10FFFF}z', 'A-\0', 'B%_', 'A-1', 'A-2', 'a-3'])
  const inserted = DOCUMENTS.map(({ sku }) => sku)
  expect(await inOrder({ id: 'asc' })).toEqual(inserted)
  expect(await inOrder({ id: 'desc' })).toEqual(inserted.toReversed())
})

test.each<[JsonValue, string]>([
  [{ orderBy: { hidden: 'asc' } }, 'NOT_INDEXED'],
  [{ orderBy: { sku: 'asc', size: 'asc' } }, 'BAD_INPUT'],
  [{ orderBy: {} }, 'BAD_INPUT'],
  [{ orderBy: 'sku' }, 'BAD_INPUT'],
  [{ after: 'x' }, 'BAD_CURSOR'],
  [{ after: Buffer.from('{"v":1,"order":"+id","place":"","id":"x"}').toString('base64url') }, 'BAD_CURSOR'],
  [{ limit: 0 }, 'BAD_INPUT'],
])('the query %j is refused with %s', async (query, code) => {
  expect(await deniedOf(find(query))).toMatchObject({ code })
})

test('a page goes on in its own order alone', async () => {
  const { after } = await find({ orderBy: { sku: 'asc' }, limit: 1 })
  expect(await deniedOf(find({ orderBy: { sku: 'desc' }, after }))).toMatchObject({ code: 'BAD_CURSOR' })
  expect(await find({ orderBy: { sku: 'asc' }, after }, 'empty')).toEqual({ documents: [], after: null })
})
