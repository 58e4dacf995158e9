import { randomBytes } from 'node:crypto'

import { Client, Pool } from 'pg'
import { inject } from 'vitest'

/** A database of one test's own. */
export interface TestDatabase {
  readonly url: string
  /** Ends whoever is still connected. */
  drop(): Promise<void>
}

/** Copies the template, which has all migrations applied (10 ms). */
export async function createTestDatabase(): Promise<TestDatabase> {
  return create(inject('templateDatabase'))
}

/** A database with nothing in it, for what is about migrating. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  return create(null)
}

/**
 * A pool on a test's database. It ends before its connections have, so that dropping the database may end one of them first:
 * that is nobody's error. Whoever asks at that moment is told by his question.
 */
export function testPool(connectionString: string, max = 4): Pool {
  const ignore = (): void => undefined
  const pool = new Pool({ connectionString, max })
  return pool.on('error', ignore).on('connect', (client) => void client.on('error', ignore))
}

async function create(template: string | null): Promise<TestDatabase> {
  // The run's prefix: what is left over goes with the run.
  const name = `${inject('templateDatabase')}_${randomBytes(6).toString('hex')}`
  await runOnServer(`CREATE DATABASE ${name} TEMPLATE ${template ?? 'template0'} STRATEGY ${STRATEGY}`)
  const url = new URL(inject('postgresUrl'))
  url.pathname = `/${name}`
  return { url: url.href, drop: () => runOnServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) }
}

/** 10 ms, where the default, by way of the log, takes 32 ms. */
const STRATEGY = 'FILE_COPY'

/** Runs one statement on the maintenance database of the run's server. */
async function runOnServer(sql: string): Promise<void> {
  const client = new Client({ connectionString: inject('postgresUrl') })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
