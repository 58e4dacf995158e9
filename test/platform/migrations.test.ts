import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

import { Client } from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { diffModels } from '../../src/platform/diff-models.ts'
import { applyMigrations } from '../../src/platform/migrations.ts'
import { runProgram } from '../support/children.ts'
import { createEmptyDatabase, type TestDatabase } from '../support/postgres.ts'

const FIRST = '20260101000000_first'
const SECOND = '20260102000000_second'

let database: TestDatabase
let directory: string

beforeEach(async () => {
  database = await createEmptyDatabase()
  directory = await mkdtemp(path.join(os.tmpdir(), 'patchbay-migrations-'))
})
afterEach(async () => {
  await database.drop()
  await rm(directory, { recursive: true })
})

async function write(name: string, sql: string): Promise<void> {
  await mkdir(path.join(directory, name), { recursive: true })
  await writeFile(path.join(directory, name, 'migration.sql'), sql)
}

const apply = (): ReturnType<typeof applyMigrations> => applyMigrations({ url: database.url, directory })

async function query(sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: database.url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

test('migrations are applied in their order, once, and kept in the table of Prisma', async () => {
  await write(SECOND, 'ALTER TABLE thing ADD COLUMN name text')
  await write(FIRST, 'CREATE TABLE thing (id int)')

  expect(await apply()).toEqual({ applied: [FIRST, SECOND], unknown: [] })
  expect(await apply()).toEqual({ applied: [], unknown: [] })
  expect(
    await query(
      'SELECT migration_name, applied_steps_count, finished_at IS NOT NULL AS finished FROM _prisma_migrations',
    ),
  ).toEqual([
    { migration_name: FIRST, applied_steps_count: 1, finished: true },
    { migration_name: SECOND, applied_steps_count: 1, finished: true },
  ])
})

test('without migrations there is nothing to do, also where the folder is missing', async () => {
  expect(await apply()).toEqual({ applied: [], unknown: [] })
  await rm(directory, { recursive: true })
  expect(await apply()).toEqual({ applied: [], unknown: [] })
  await mkdir(directory)
})

test('semicolons in functions, strings and comments do not cut a statement', async () => {
  await write(
    FIRST,
    `-- first; a comment
     CREATE FUNCTION two() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 2; END; $$;
     CREATE TABLE thing (name text DEFAULT 'a;b');
     INSERT INTO thing DEFAULT VALUES;`,
  )
  await apply()

  expect(await query('SELECT name, two() FROM thing')).toEqual([{ name: 'a;b', two: 2 }])
})

test('of three processes that start at once one migrates, and all go on when it is done', async () => {
  await write(FIRST, 'CREATE TABLE thing (id int); SELECT pg_sleep(0.2); INSERT INTO thing VALUES (1)')
  await write(SECOND, 'INSERT INTO thing VALUES (2)')
  const programs = Array.from({ length: 3 }, () =>
    runProgram(`
      import { Client } from 'pg'
      import { applyMigrations } from './src/platform/migrations.ts'
      const url = ${JSON.stringify(database.url)}
      const { applied } = await applyMigrations({ url, directory: ${JSON.stringify(directory)} })
      const client = new Client({ connectionString: url })
      await client.connect()
      const { rows } = await client.query('SELECT count(*)::int AS count FROM thing')
      await client.end()
      console.log(JSON.stringify({ applied: applied.length, seen: rows[0].count }))`),
  )
  const answers = await Promise.all(
    programs.map(async (program) => JSON.parse(await program.nextLine()) as unknown),
  )

  expect(answers.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))).toEqual([
    { applied: 0, seen: 2 },
    { applied: 0, seen: 2 },
    { applied: 2, seen: 2 },
  ])
})

test('a migration that fails has changed nothing, is told in one line, and is tried anew when it is mended', async () => {
  await write(FIRST, 'CREATE TABLE thing (id int)')
  await write(SECOND, 'CREATE TABLE other (id int); INSERT INTO thing VALUES (1 / 0)')

  await expect(apply()).rejects.toThrow(
    /^Migration 20260102000000_second failed and has changed nothing \(division by zero\)[^\n]*$/,
  )
  await expect(apply()).rejects.toThrow(/division by zero/)
  expect(await query(`SELECT to_regclass('other') AS other`)).toEqual([{ other: null }])

  await write(SECOND, 'CREATE TABLE other (id int)')
  expect((await apply()).applied).toEqual([SECOND])
})

test('kill -9 in the middle of a migration leaves nothing of it, and the next start applies it', async () => {
  await write(
    FIRST,
    `CREATE TABLE thing (id int); SELECT set_config('application_name', 'halfway', false), pg_sleep(60)`,
  )
  const program = runProgram(`
    import { applyMigrations } from './src/platform/migrations.ts'
    await applyMigrations({ url: ${JSON.stringify(database.url)}, directory: ${JSON.stringify(directory)} })`)
  const sleeping = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`
  await expect.poll(() => query(sleeping), { timeout: 15_000, interval: 10 }).toHaveLength(1)
  await program.kill()
  // PostgreSQL notices a dead client when it next writes to it; the test need not wait for the minute to pass.
  await query(`SELECT pg_terminate_backend(pid) FROM (${sleeping}) AS left_alone`)

  await write(FIRST, 'CREATE TABLE thing (id int)')
  expect((await apply()).applied).toEqual([FIRST])
})

test('a migration that was edited after it was applied is refused by its name', async () => {
  await write(FIRST, 'CREATE TABLE thing (id int)')
  await apply()
  await write(FIRST, 'CREATE TABLE thing (id bigint)')

  await expect(apply()).rejects.toThrow(
    /^Applied migrations were edited afterwards \(20260101000000_first\): [^\n]*$/,
  )
})

test('a database that a newer version has migrated serves this one too', async () => {
  await write(FIRST, 'CREATE TABLE thing (id int)')
  await write(SECOND, 'ALTER TABLE thing ADD COLUMN name text')
  await apply()
  await rm(path.join(directory, SECOND), { recursive: true })

  expect(await apply()).toEqual({ applied: [], unknown: [SECOND] })
})

test('a database that does not answer is a one-line error that names the variables', async () => {
  await expect(
    applyMigrations({ url: 'postgresql://nobody:hidden@127.0.0.1:1/none', directory }),
  ).rejects.toThrow(/^The database does not answer \([^\n]*DATABASE_URL[^\n]*$/)
})

const SCHEMA = { path: 'schema.prisma', content: 'datasource db {\n  provider = "postgresql"\n}\n' }
const model = (fields: string): { path: string; content: string } => ({
  path: 'thing.prisma',
  content: `model Thing {\n  id Int @id\n  ${fields}\n  @@map("thing")\n}\n`,
})

test('the difference of two datamodels is SQL that leads from one to the other', async () => {
  await write(FIRST, await diffModels([], [SCHEMA, model('')]))
  await write(SECOND, await diffModels([SCHEMA, model('')], [SCHEMA, model('name String?')]))
  await apply()

  expect(await query('SELECT id, name FROM thing')).toEqual([])
  expect(await diffModels([SCHEMA, model('')], [SCHEMA, model('')])).toBe('')
  await expect(diffModels([SCHEMA], [SCHEMA, { path: 'x.prisma', content: 'model X {' }])).rejects.toThrow(
    /x\.prisma/,
  )
})

test('the newest migration leads to the datamodel that prisma/models has now', async () => {
  const prisma = path.join(import.meta.dirname, '../../prisma')
  const read = async (folder: string): Promise<{ path: string; content: string }[]> =>
    Promise.all(
      (await readdir(folder, { withFileTypes: true }))
        .filter((entry) => entry.isFile() && entry.name.endsWith('.prisma'))
        .map(async ({ name }) => ({ path: name, content: await readFile(path.join(folder, name), 'utf8') })),
    )
  const newest = (await readdir(path.join(prisma, 'migrations')))
    .filter((name) => /^\d/.test(name))
    .sort()
    .at(-1)
  const kept = await read(path.join(prisma, 'migrations', newest ?? '', 'datamodel'))
  const present = await read(path.join(prisma, 'models'))

  expect(await diffModels(kept, present)).toBe('')
})
