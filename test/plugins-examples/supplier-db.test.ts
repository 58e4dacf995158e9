import { expect, test } from 'vitest'
import { openExample } from '../support/example-host.ts'

interface List {
  status: number
  body: { suppliers: { id: string }[]; total: number; nextAfter: string | null }
}

test('lists suppliers by name, with every field, whatever the settings left out', async () => {
  const host = await openExample('supplier-db')
  const { value } = await host.request('GET /suppliers')
  const { status, body } = value as unknown as List
  expect(status).toBe(200)
  expect(body).toMatchObject({ total: 3, nextAfter: null })
  expect(body.suppliers.map(({ id }) => id)).toEqual(['acme-metals', 'borealis-plastics', 'cobalt-trading'])
  expect(body.suppliers[1]).toEqual({
    id: 'borealis-plastics',
    name: 'Borealis Plastics',
    country: 'NO',
    categories: ['plastics'],
    status: 'APPROVED',
    contact: null,
    website: null,
  })
})

test.each([
  [{ country: 'de' }, ['acme-metals']],
  [{ category: 'steel' }, ['acme-metals']],
  [{ status: 'on_trial' }, ['cobalt-trading']],
  [{ search: 'PLAST' }, ['borealis-plastics']],
  [{ search: 'cobalt', country: 'DE' }, []],
])('filters by %j', async (query, expected) => {
  const host = await openExample('supplier-db')
  const { value } = await host.request('GET /suppliers', { query })
  const { body } = value as unknown as List
  expect(body.suppliers.map(({ id }) => id)).toEqual(expected)
  expect(body.total).toBe(expected.length)
})

test('pages join without gap or repeat', async () => {
  const suppliers = Array.from({ length: 7 }, (_, index) => ({
    id: `s-${index}`,
    name: `Supplier ${index % 3}`,
    country: 'DE',
  }))
  const host = await openExample('supplier-db', { configuration: { suppliers, pageSize: 3 } })
  const seen: string[] = []
  let after: string | null = null
  do {
    const query: Record<string, string> = after === null ? {} : { after }
    const { body } = (await host.request('GET /suppliers', { query })).value as unknown as List
    seen.push(...body.suppliers.map(({ id }) => id))
    after = body.nextAfter
  } while (after !== null)
  expect(seen).toEqual(['s-0', 's-3', 's-6', 's-1', 's-4', 's-2', 's-5'])
})

test.each([
  [{ first: '0' }, 'BAD_PAGE_SIZE'],
  [{ first: '101' }, 'BAD_PAGE_SIZE'],
  [{ first: 'all' }, 'BAD_PAGE_SIZE'],
  [{ first: '1.5' }, 'BAD_PAGE_SIZE'],
  [{ after: 'nobody' }, 'UNKNOWN_CURSOR'],
])('answers 400 for %j', async (query, code) => {
  const host = await openExample('supplier-db')
  const { value } = await host.request('GET /suppliers', { query })
  expect(value).toMatchObject({ status: 400, body: { error: { code } } })
})

test('tells one supplier, and 404 for another', async () => {
  const host = await openExample('supplier-db')
  const found = await host.request('GET /suppliers/:id', { params: { id: 'acme-metals' } })
  expect(found.value).toMatchObject({
    status: 200,
    body: { supplier: { id: 'acme-metals', name: 'Acme Metals' } },
  })
  const missing = await host.request('GET /suppliers/:id', { params: { id: '__proto__' } })
  expect(missing.value).toMatchObject({ status: 404, body: { error: { code: 'NOT_FOUND' } } })
})

test('health tells of two suppliers with one id', async () => {
  const good = await openExample('supplier-db')
  expect((await good.call('HEALTH', 'health')).value).toEqual({ status: 'healthy', message: '3 suppliers' })
  const twice = [1, 2].map((number) => ({ id: 'same', name: `Supplier ${number}`, country: 'DE' }))
  const bad = await openExample('supplier-db', { configuration: { suppliers: twice } })
  expect((await bad.call('HEALTH', 'health')).value).toEqual({
    status: 'degraded',
    message: 'more than one supplier with the id same',
  })
})

test('it tells the risk analyzer what people think of a supplier', async () => {
  const documents = [{ document: { score: 2 } }, { document: { score: 5 } }, { document: { score: 4 } }]
  const opinion = async (found: object[]) => {
    const host = await openExample('supplier-db', {
      host: { 'collections.find': () => ({ documents: found as never, after: null }) },
    })
    return (await host.call('HOOK', 'supplier-risk-analyzer.opinion', { supplier: 'acme-metals' })).value
  }
  expect(await opinion(documents)).toEqual({ reviews: 3, averageScore: 3.7 })
  expect(await opinion([])).toBeNull()
})

test.each([
  ['up', { stars: 9 }, { score: 5, stars: null }],
  ['up', { stars: 0 }, { score: 1, stars: null }],
  ['up', { score: 3 }, null],
  ['down', { score: 3 }, { stars: 6, score: null }],
])('a migration %s of %j', async (direction, document, changes) => {
  const host = await openExample('supplier-db', {
    host: {
      'collections.find': () => ({ documents: [{ id: 'a', version: 4, document }], after: null }),
      'collections.updateMany': () => [],
    },
  })
  expect(await host.call('MIGRATION', `migrations/2.1.0.js#${direction}`, {})).toMatchObject({
    outcome: 'OK',
  })
  const updates = host.asked.flatMap(({ input }) => (input['updates'] ?? []) as object[])
  expect(updates).toEqual(changes === null ? [] : [{ id: 'a', version: 4, changes }])
})
