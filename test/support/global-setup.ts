import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

import { Client, type QueryResult } from 'pg'
import type { TestProject } from 'vitest/node'

import { openDataDirectory } from '../../src/platform/data-directory.ts'
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres.ts'
import { createLog } from '../../src/platform/log.ts'
import { prepareRoles } from '../../src/platform/database-roles.ts'
import { applyMigrations } from '../../src/platform/migrations.ts'
import { migrateQueue } from '../../src/platform/queue.ts'
import { MASTER_KEY } from './master-key.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Connection to the maintenance database of the run's one server. */
    postgresUrl: string
    /** A database with all migrations applied, to be copied. */
    templateDatabase: string
  }
}

/** Each test file may hold several pools and several processes at once. */
const MAX_CONNECTIONS = 300

/**
 * One PostgreSQL for the whole run: the one of TEST_DATABASE_URL (its role may create databases), or an embedded one in
 * a folder of its own. Leaves nothing behind.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await openServer(process.env['TEST_DATABASE_URL'])
  const template = `patchbay_test_${process.pid}_${Date.now().toString(36)}`
  try {
    await run(server.url, `CREATE DATABASE ${template}`)
    const url = databaseUrl(server.url, template)
    const log = createLog('fatal')
    await applyMigrations({ url, directory: path.join(import.meta.dirname, '../../prisma/migrations') })
    await migrateQueue(url, log)
    await prepareRoles({ url, ownerUrl: url, pluginUrl: null, masterKey: MASTER_KEY, log })
  } catch (error) {
    await server.close(template)
    throw error
  }
  project.provide('postgresUrl', server.url)
  project.provide('templateDatabase', template)
  return () => server.close(template)
}

interface TestServer {
  url: string
  close(template: string): Promise<void>
}

async function openServer(given: string | undefined): Promise<TestServer> {
  if (given) return { url: given, close: (template) => dropCopies(given, template) }

  const directory = await mkdtemp(path.join(os.tmpdir(), 'patchbay-test-'))
  const data = await openDataDirectory(directory)
  const server = await startEmbeddedPostgres({
    directory: data.path,
    log: createLog('fatal'),
    durable: false,
    maxConnections: MAX_CONNECTIONS,
  })
  return {
    url: server.url,
    async close() {
      await server.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/**
 * The template and what tests that were cut off have left of its copies, which begin with its name. The two roles that follow from
 * the tests' key stay: another run on the same server may be working by them.
 */
async function dropCopies(url: string, template: string): Promise<void> {
  const { rows } = await run(url, 'SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1)', [
    template,
  ])
  for (const row of rows) await run(url, `DROP DATABASE IF EXISTS ${String(row['name'])} WITH (FORCE)`)
}

async function run(
  url: string,
  sql: string,
  values: string[] = [],
): Promise<QueryResult<Record<string, unknown>>> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return await client.query(sql, values)
  } finally {
    await client.end()
  }
}

function databaseUrl(server: string, database: string): string {
  const url = new URL(server)
  url.pathname = `/${database}`
  return url.href
}
