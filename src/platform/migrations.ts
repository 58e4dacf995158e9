import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import type { SchemaEngine } from '@prisma/schema-engine-wasm/schema_engine_bg'
import { Client, DatabaseError, Pool, type ClientBase } from 'pg'

import { messageOf } from '../lib/errors.ts'
import { minutes } from '../lib/units.ts'
import { StartError } from './start-error.ts'

/** Which migrations are applied where. */
export interface MigrationsOptions {
  /** Connection of the role that owns the tables. */
  url: string
  /** The folder `prisma/migrations`. */
  directory: string
}

/** What the database had and got. */
export interface MigrationsResult {
  /** Applied just now, in their order. */
  applied: string[]
  /** Applied by a newer version of Patchbay: fine, since a migration only ever adds what older versions ignore. */
  unknown: string[]
}

/**
 * Brings a database to the newest migration of a folder. Of several processes that start at once one does it and the
 * others wait. Each migration is one transaction together with its mark in `_prisma_migrations`, Prisma's own table
 * (so that `prisma migrate deploy` agrees): one that failed or was killed has changed nothing and is tried anew by
 * the next start. Throws StartError for a migration that fails, or that was edited after it was applied.
 *
 * Where all are applied, it costs one query (the schema engine is not even loaded).
 */
export async function applyMigrations({ url, directory }: MigrationsOptions): Promise<MigrationsResult> {
  const migrations = await readMigrations(directory)
  const client = new Client({ connectionString: url, application_name: 'patchbay migrations' })
  // A connection that breaks is told by the next query on it.
  client.on('error', () => undefined)
  await connect(client)
  try {
    const unchanged = await compare(client, migrations)
    if (unchanged.pending.length === 0) return { applied: [], unknown: unchanged.unknown }

    await takeLock(client)
    const { pending, unknown } = await compare(client, migrations)
    if (pending.length === 0) return { applied: [], unknown }
    await forgetUnfinished(client)
    await applyWithEngine(url, directory, migrations)
    return { applied: pending, unknown }
  } finally {
    // Releases the lock too.
    await client.end()
  }
}

interface Migration {
  /** Folder name, which begins with a time and so orders them. */
  name: string
  sql: string
  /** SHA-256 of the file, hexadecimal, as Prisma keeps it. */
  checksum: string
}

async function readMigrations(directory: string): Promise<Migration[]> {
  const folders = await readdir(directory, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const names = folders.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(path.join(directory, name, 'migration.sql'), 'utf8')
      return { name, sql, checksum: checksumOf(sql) }
    }),
  )
}

function checksumOf(sql: string): string {
  return createHash('sha256').update(sql).digest('hex')
}

async function connect(client: Client): Promise<void> {
  try {
    await client.connect()
  } catch (error) {
    throw new StartError(
      `The database does not answer (${messageOf(error)}): see DATABASE_URL and DATABASE_OWNER_URL.`,
      { cause: error },
    )
  }
}

interface AppliedRow {
  migration_name: string
  checksum: string
}

async function compare(
  client: Client,
  migrations: Migration[],
): Promise<{ pending: string[]; unknown: string[] }> {
  const table = await client.query<{ exists: boolean }>(
    `SELECT to_regclass('_prisma_migrations') IS NOT NULL AS exists`,
  )
  const { rows } = table.rows[0]?.exists
    ? await client.query<AppliedRow>(
        `SELECT migration_name, checksum FROM _prisma_migrations
          WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name`,
      )
    : { rows: [] }
  const checksums = new Map(rows.map((row) => [row.migration_name, row.checksum]))

  const edited = migrations.filter(({ name, checksum }) => (checksums.get(name) ?? checksum) !== checksum)
  if (edited.length > 0) {
    throw new StartError(
      `Applied migrations were edited afterwards (${edited.map(({ name }) => name).join(', ')}): put their files back as they were, and write what should change as a new migration.`,
    )
  }
  const known = new Set(migrations.map(({ name }) => name))
  return {
    pending: migrations.filter(({ name }) => !checksums.has(name)).map(({ name }) => name),
    unknown: rows.map((row) => row.migration_name).filter((name) => !known.has(name)),
  }
}

/** Any number that nobody else uses; Prisma's own tools take 72707369. */
const LOCK_KEY = 5_015_711_201
const LOCK_POLL_MS = 50
const LOCK_WAIT_MS = minutes(5)

/**
 * Asks again and again instead of waiting inside PostgreSQL: a waiting statement holds a snapshot, for which a
 * CREATE INDEX CONCURRENTLY in the migration that runs would wait in its turn.
 */
async function takeLock(client: Client): Promise<void> {
  const deadline = performance.now() + LOCK_WAIT_MS
  for (;;) {
    const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [
      LOCK_KEY,
    ])
    if (rows[0]?.taken) return
    if (performance.now() > deadline) {
      throw new StartError(
        'Another process has been migrating the database for five minutes: see what it waits for.',
      )
    }
    await sleep(LOCK_POLL_MS)
  }
}

/** A row without an end belongs to a transaction that was rolled back: we hold the lock, so nobody works on it. */
async function forgetUnfinished(client: Client): Promise<void> {
  const table = await client.query<{ exists: boolean }>(
    `SELECT to_regclass('_prisma_migrations') IS NOT NULL AS exists`,
  )
  if (!table.rows[0]?.exists) return
  await client.query(
    'UPDATE _prisma_migrations SET rolled_back_at = now() WHERE finished_at IS NULL AND rolled_back_at IS NULL',
  )
}

async function applyWithEngine(url: string, directory: string, migrations: Migration[]): Promise<void> {
  // Loaded only here: a warm start has no use for them.
  const { migratedDatabase } = await import('./schema-engine-database.ts')
  const { withSchemaEngine } = await import('./schema-engine.ts')
  const names = new Map(migrations.map(({ name, checksum }) => [checksum, name]))
  let failure: { name: string; error: unknown } | null = null

  async function runScript(connection: ClientBase, sql: string): Promise<void> {
    const checksum = checksumOf(sql)
    const name = names.get(checksum)
    try {
      await connection.query('BEGIN')
      await connection.query(sql)
      if (name !== undefined) {
        await connection.query(
          `UPDATE _prisma_migrations SET finished_at = now()
            WHERE migration_name = $1 AND finished_at IS NULL AND rolled_back_at IS NULL`,
          [name],
        )
      }
      await connection.query('COMMIT')
    } catch (error) {
      failure ??= { name: name ?? '(unknown)', error }
      await connection.query('ROLLBACK')
      throw error
    }
  }

  const input: Parameters<SchemaEngine['applyMigrations']>[0] = {
    migrationsList: {
      baseDir: path.resolve(directory),
      lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
      shadowDbInitScript: '',
      migrationDirectories: migrations.map(({ name, sql }) => ({
        path: name,
        migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: sql } },
      })),
    },
    filters: { externalTables: [], externalEnums: [] },
  }
  const pool = new Pool({ connectionString: url, max: 2, application_name: 'patchbay migrations' })
  // A connection that breaks while idle is told by the next query on it.
  pool.on('error', () => undefined)
  try {
    await withSchemaEngine(migratedDatabase(pool, runScript), (engine) => engine.applyMigrations(input))
  } catch (error) {
    throw describeFailure(failure, error)
  } finally {
    await pool.end()
  }
}

function describeFailure(failure: { name: string; error: unknown } | null, thrown: unknown): StartError {
  if (failure === null) {
    return new StartError(`The migrations could not be applied (${messageOf(thrown)}).`, { cause: thrown })
  }
  const { name, error } = failure
  const position = error instanceof DatabaseError && error.position ? `, at character ${error.position}` : ''
  return new StartError(
    `Migration ${name} failed and has changed nothing (${messageOf(error)}${position}): mend the cause and start again.`,
    { cause: error },
  )
}
