import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { diffModels, type DatamodelFile } from '../../src/platform/diff-models.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'

const PRISMA = path.join(import.meta.dirname, '../../prisma')

let database: TestDatabase
let client: Client
beforeAll(async () => {
  database = await createTestDatabase()
  client = new Client({ connectionString: database.url })
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await database.drop()
})

async function readModels(folder: string): Promise<DatamodelFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.prisma')).sort()
  return await Promise.all(
    names.map(async (name) => ({ path: name, content: await readFile(path.join(folder, name), 'utf8') })),
  )
}

const NATIVE: Record<string, string> = {
  Uuid: 'uuid',
  Json: 'json',
  'Timestamptz(3)': 'timestamp(3) with time zone',
}
const SCALAR: Record<string, string> = {
  String: 'text',
  Int: 'integer',
  BigInt: 'bigint',
  Float: 'double precision',
  Boolean: 'boolean',
  Json: 'jsonb',
  Bytes: 'bytea',
}

interface Column {
  type: string
  nullable: boolean
}

/** Tables with their columns as the models say, from the very text that the client is generated from. */
function declared(files: readonly DatamodelFile[]): {
  tables: Map<string, Map<string, Column>>
  enums: Map<string, string[]>
} {
  const text = files.map((file) => file.content).join('\n')
  const blocks = [...text.matchAll(/^(model|enum) (\w+) \{\n([\s\S]*?)^\}/gm)].map(
    ([, kind, name, body]) => ({
      kind: kind!,
      name: name!,
      lines: body!
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '' && !line.startsWith('//')),
    }),
  )
  const enums = new Map(blocks.filter((it) => it.kind === 'enum').map((it) => [it.name, it.lines]))
  const models = blocks.filter((it) => it.kind === 'model')
  const isModel = new Set(models.map((it) => it.name))
  const tables = new Map(
    models.map((model) => {
      const table = model.lines
        .map((line) => /^@@map\("(\w+)"\)/.exec(line)?.[1])
        .find((name) => name !== undefined)!
      const columns = model.lines.flatMap((line): [string, Column][] => {
        const field = /^(\w+)\s+(Unsupported\("(\w+)"\)|(\w+))(\[\]|\?)?/.exec(line)
        if (field === null || line.startsWith('@@') || isModel.has(field[4] ?? '')) return []
        const [, name, , unsupported, scalar, suffix] = field
        const native = /@db\.(\w+(?:\(\d+\))?)/.exec(line)?.[1]
        const base =
          unsupported ??
          (native === undefined ? undefined : NATIVE[native]) ??
          SCALAR[scalar!] ??
          `"${scalar}"`
        const column = /@map\("(\w+)"\)/.exec(line)?.[1] ?? name!
        return [[column, { type: suffix === '[]' ? `${base}[]` : base, nullable: suffix === '?' }]]
      })
      return [table, new Map(columns)]
    }),
  )
  return { tables, enums }
}

test('every column is in the migrated database as its model says, and nothing else is', async () => {
  const { tables } = declared(await readModels(path.join(PRISMA, 'models')))
  const { rows } = await client.query<{ table: string; column: string; type: string; nullable: boolean }>(
    `select c.relname as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type, not a.attnotnull as nullable
     from pg_attribute a join pg_class c on c.oid = a.attrelid
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
       and a.attnum > 0 and not a.attisdropped and c.relname <> '_prisma_migrations'
     order by 1, 2`,
  )
  const there = Map.groupBy(rows, (row) => row.table)
  expect([...there.keys()].sort()).toEqual([...tables.keys()].sort())
  for (const [table, columns] of tables) {
    const expected = [...columns].map(([column, { type, nullable }]) => ({
      column,
      type,
      // A list has no null of its own in Prisma; its column need not say so.
      ...(type.endsWith('[]') ? {} : { nullable }),
    }))
    const found = there.get(table)!.map(({ column, type, nullable }) => ({
      column,
      type,
      ...(type.endsWith('[]') ? {} : { nullable }),
    }))
    const byName = (a: { column: string }, b: { column: string }): number => (a.column < b.column ? -1 : 1)
    expect(found.sort(byName), table).toEqual(expected.sort(byName))
  }
})

test('every enum has the values of its model', async () => {
  const { enums } = declared(await readModels(path.join(PRISMA, 'models')))
  const { rows } = await client.query<{ name: string; values: string[] }>(
    `select t.typname as name, array_agg(e.enumlabel::text order by e.enumsortorder) as values
     from pg_type t join pg_enum e on e.enumtypid = t.oid where t.typnamespace = 'public'::regnamespace group by 1`,
  )
  expect(Object.fromEntries(rows.map((row) => [row.name, row.values]))).toEqual(Object.fromEntries(enums))
})

test('the models are those of the last migration: none was changed without one', async () => {
  const migrations = await readdir(path.join(PRISMA, 'migrations'), { withFileTypes: true })
  const last = migrations
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .at(-1)!
  const before = await readModels(path.join(PRISMA, 'migrations', last, 'datamodel'))
  expect(await diffModels(before, await readModels(path.join(PRISMA, 'models')))).toBe('')
})

test('no foreign key cascades over history', async () => {
  const { rows } = await client.query<{ name: string }>(
    `select conname as name from pg_constraint where contype = 'f' and confdeltype = 'c' order by 1`,
  )
  expect(
    rows.map((row) => row.name),
    'a role goes with its principal, keys with their document, deliveries with their webhook, and that is all',
  ).toEqual([
    'collection_key_document_id_fkey',
    'membership_principal_id_fkey',
    'webhook_delivery_webhook_id_fkey',
  ])
})
