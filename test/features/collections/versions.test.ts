import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { accepted } from '../../../scripts/lib/accepted.ts'
import type { JsonValue } from '../../../src/lib/json.ts'
import { askerOf, deniedOf, type Ask } from '../../support/asking.ts'
import { uninstall } from '../../support/life.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { install, openStage, type TestStage } from '../../support/stage.ts'
import { publishFiles, rollback, upgrade } from '../upgrades/support.ts'

const name = 'widgets'
const permissions = ['storage:read', 'storage:write']
let server: TestServer
let stage: TestStage
let slug: string
let plugins = 0
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  stage = await openStage(server, 'acme')
})
afterAll(async () => {
  await stage.close()
  await server.close()
})
beforeEach(() => {
  slug = `keeper-${plugins++}`
})

interface Version {
  unique?: string[]
  indexes?: string[]
  properties?: Record<string, JsonValue>
  migration?: string
}
const publish = async (version: string, { migration, ...collection }: Version): Promise<string> => {
  const { properties = {}, ...declared } = collection
  const schema = { type: 'object', properties: { sku: {}, price: {}, ...properties } }
  const migrations = migration === undefined ? [] : [{ version, entry: 'migrate.js' }]
  const manifest = {
    id: slug,
    version,
    permissions,
    migrations,
    collections: { [name]: { ...declared, schema } },
  }
  return await publishFiles(stage, manifest, migration === undefined ? {} : { 'migrate.js': migration })
}
const installed = async (packageId: string, siteIndex = 0): Promise<string> => {
  const siteId = stage.siteIds[siteIndex]!
  return accepted(await install(stage, packageId, { siteId, activate: true })).installation!.id
}
const insert = async (ask: Ask, document: JsonValue) =>
  (await ask('collections.insert', { collection: name, document })) as unknown as { id: string }
const found = async (ask: Ask, query: JsonValue): Promise<JsonValue[]> => {
  const page = await ask('collections.find', { collection: name, query })
  return (page as unknown as { documents: { document: JsonValue }[] }).documents.map((it) => it.document)
}
const kept = async (table: string): Promise<number> => {
  const { rows } = await server.app.database.pool.query<{ n: number }>(
    `select count(*)::int as n from ${table} t join plugin p on p.id = t.plugin_id where p.slug = $1`,
    [slug],
  )
  return rows[0]!.n
}

test('documents of before are found by the indexes of the new version, and of the old one again', async () => {
  const first = await installed(await publish('1.0.0', { unique: ['sku'] }))
  const ask = await askerOf(server, first)
  for (let n = 0; n < 3; n++) await insert(ask, { sku: `s${n}`, price: 10 - n })
  const second = accepted(await upgrade(stage, first, await publish('2.0.0', { indexes: ['price'] })))
  const askNew = await askerOf(server, second.installation!.id)
  expect(await found(askNew, { orderBy: { price: 'asc' }, limit: 1 })).toEqual([{ sku: 's2', price: 8 }])
  expect(await deniedOf(found(askNew, { where: { sku: { eq: 's1' } } }))).toMatchObject({
    code: 'NOT_INDEXED',
  })
  const same = await insert(askNew, { sku: 's1', price: 0 })
  await askNew('collections.delete', { collection: name, id: same.id })
  const back = accepted(await rollback(stage, second.installation!.id)).installation!.id
  const askOld = await askerOf(server, back)
  expect(await found(askOld, { where: { sku: { eq: 's1' } } })).toEqual([{ sku: 's1', price: 9 }])
  expect(await deniedOf(insert(askOld, { sku: 's1' }))).toMatchObject({ code: 'UNIQUE' })
})

test('an upgrade that documents do not fit is refused with the first of them, and nothing is changed', async () => {
  const first = await installed(await publish('1.0.0', {}))
  const ask = await askerOf(server, first)
  const { id } = await insert(ask, { price: 'ten' })
  await insert(ask, { price: 11 })
  const changed = await publish('2.0.0', { properties: { price: { type: 'number' } }, indexes: ['price'] })
  const { userErrors } = await upgrade(stage, first, changed)
  expect(userErrors).toMatchObject([{ code: 'INVALID_STATE' }])
  expect(userErrors[0]!.message).toContain(
    `1 documents of "widgets" do not fit 2.0.0 (${id}: price must be number)`,
  )
  expect(await found(ask, {})).toEqual([{ price: 'ten' }, { price: 11 }])
  expect(await insert(ask, { price: 'twelve' })).toMatchObject({ version: 1 })
})

test('what becomes unique must be so already; then it is', async () => {
  const first = await installed(await publish('1.0.0', {}))
  const ask = await askerOf(server, first)
  const { id } = await insert(ask, { sku: 'a' })
  await insert(ask, { sku: 'a' })
  const packageId = await publish('2.0.0', { unique: ['sku'] })
  const { userErrors } = await upgrade(stage, first, packageId)
  expect(userErrors).toMatchObject([
    { code: 'INVALID_STATE', message: expect.stringContaining('same "sku"') },
  ])
  await insert(ask, { sku: 'a' })
  for (const other of (
    (await ask('collections.find', { collection: name, query: {} })) as unknown as {
      documents: { id: string }[]
    }
  ).documents)
    if (other.id !== id) await ask('collections.delete', { collection: name, id: other.id })
  const second = accepted(await upgrade(stage, first, packageId)).installation!.id
  expect(await deniedOf(insert(await askerOf(server, second), { sku: 'a' }))).toMatchObject({
    code: 'UNIQUE',
  })
})

test('the migrations of the new version mend documents, as the page shows, before they are held against it', async () => {
  const first = await installed(await publish('1.0.0', {}))
  const ask = await askerOf(server, first)
  for (let n = 0; n < 5; n++) await insert(ask, { price: `${n}` })
  const page = await readFile(path.join(import.meta.dirname, '../../../docs/capabilities.md'), 'utf8')
  const [migration] = /^export async function up[\s\S]*?^}\n/m.exec(page)!
  const changed = { properties: { price: { type: 'number' } }, indexes: ['price'], migration }
  const second = accepted(await upgrade(stage, first, await publish('2.0.0', changed))).installation!.id
  const askNew = await askerOf(server, second)
  expect(await found(askNew, { where: { price: { gt: 2 } } })).toEqual([{ price: 3 }, { price: 4 }])
})

test('two versions at two sites each find all documents by their own indexes', async () => {
  const first = await askerOf(server, await installed(await publish('1.0.0', { unique: ['sku'] })))
  await insert(first, { sku: 'a', price: 1 })
  const second = await askerOf(server, await installed(await publish('2.0.0', { indexes: ['price'] }), 1))
  await insert(second, { sku: 'b', price: 2 })
  await insert(first, { sku: 'c', price: 3 })
  expect(await found(second, { where: { price: { gt: 1 } } })).toEqual([
    { sku: 'b', price: 2 },
    { sku: 'c', price: 3 },
  ])
  expect(await found(first, { where: { sku: { in: ['a', 'b'] } } })).toHaveLength(2)
  expect(await deniedOf(insert(second, { sku: 'a' })), 'as long as one version says so').toMatchObject({
    code: 'UNIQUE',
  })
})

test('documents and files stay while the organization has the plugin, and go with its last installation, or are kept', async () => {
  const packageId = await publish('1.0.0', { unique: ['sku'] })
  const ids = [await installed(packageId), await installed(packageId, 1)]
  const ask = await askerOf(server, ids[0]!)
  const write = async (by: Ask): Promise<void> => {
    await insert(by, { sku: 'a' })
    await by('files.write', { path: 'a', content: 'a' })
  }
  await write(ask)
  accepted(await uninstall(stage, ids[1]!))
  expect([await kept('collection_document'), await kept('plugin_file')]).toEqual([1, 1])
  accepted(await uninstall(stage, ids[0]!, { keepData: true }))
  expect(await deniedOf(insert(ask, { sku: 'b' }))).toMatchObject({ code: 'NOT_INSTALLED' })
  const again = await installed(packageId)
  const askAgain = await askerOf(server, again)
  expect([await found(askAgain, {}), await askAgain('files.read', { path: 'a' })]).toEqual([
    [{ sku: 'a' }],
    'a',
  ])
  accepted(await uninstall(stage, again))
  for (const table of ['collection_document', 'collection_key', 'plugin_file', 'plugin_storage'])
    expect(await kept(table), table).toBe(0)
  await write(await askerOf(server, await installed(packageId)))
})
