import { randomBytes } from 'node:crypto'
import path from 'node:path'
import type { Client } from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { newId } from '../../src/lib/ids.ts'
import { prepareRoles, type DatabaseRoles, type RoleOptions } from '../../src/platform/database-roles.ts'
import { createLog } from '../../src/platform/log.ts'
import { madeRole } from '../../src/platform/made-roles.ts'
import { applyMigrations } from '../../src/platform/migrations.ts'
import { dropOldPartitions, ensurePartitions } from '../../src/platform/partitions.ts'
import { openPluginDatabase } from '../../src/platform/plugin-database.ts'
import { migrateQueue } from '../../src/platform/queue.ts'
import { missingStatements } from '../../src/platform/role-statements.ts'
import { MASTER_KEY } from '../support/master-key.ts'
import { createTestDatabase, testPool, type TestDatabase } from '../support/postgres.ts'
import { connect, onServer, outcome, urlOf, writeTwoTenants } from './support/two-tenants.ts'

/** insufficient_privilege */
const DENIED = '42501'
const log = createLog('fatal')

let database: TestDatabase
let owner: Client
let roles: DatabaseRoles
let serving: Client
beforeAll(async () => {
  database = await createTestDatabase()
  roles = await prepare()
  owner = await connect(database.url)
  serving = await connect(roles.servingUrl)
})
afterAll(async () => {
  await serving.end()
  await owner.end()
  await database.drop()
})

async function prepare(options: Partial<RoleOptions> = {}): Promise<DatabaseRoles> {
  const { url } = database
  return await prepareRoles({ url, ownerUrl: url, pluginUrl: null, masterKey: MASTER_KEY, log, ...options })
}

const userOf = (url: string): string => new URL(url).username

/** A role for one test, which goes at its end with all that it has here. */
async function withRole<T>(attributes: string, work: (name: string, url: string) => Promise<T>): Promise<T> {
  const [name, password] = [`patchbay_test_${randomBytes(6).toString('hex')}`, randomBytes(9).toString('hex')]
  await onServer(`create role ${name} login password '${password}' ${attributes}`)
  try {
    return await work(name, urlOf(database.url, name, password))
  } finally {
    await owner.query(`reassign owned by ${name} to current_user; drop owned by ${name}`)
    await onServer(`drop role ${name}`)
  }
}

test('the role that serves owns nothing, makes nothing, and cannot rewrite what was done', async () => {
  const { rows } = await serving.query(
    `select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication as much,
       exists (select from pg_auth_members where member = r.oid) as member,
       exists (select from pg_class where relowner = r.oid) as owner
     from pg_roles r where rolname = current_user`,
  )
  expect(rows).toEqual([{ much: false, member: false, owner: false }])
  const entry = `insert into audit_entry (id, action, success, details, at) values ($1, 'test', true, '{}', now())`
  expect(await outcome(serving, entry, [newId()])).toBe('done')
  const refused = [
    "update audit_entry set action = 'x'",
    'delete from audit_entry',
    'truncate audit_entry',
    'update audit_seal set number = 1',
    'delete from audit_seal',
    'alter table audit_entry disable trigger all',
    'alter table site add column x int',
    'alter table installation no force row level security',
    'drop table site',
    'truncate site',
    'create table mine (id int)',
    'create temporary table mine (id int)',
    'create function mine() returns int language sql as $$ select 1 $$',
    'update _prisma_migrations set checksum = $$x$$',
    'select * from plugin_guard.proof_key',
    'drop policy proven on site',
    `set role ${userOf(roles.pluginUrl!)}`,
  ]
  for (const statement of refused) expect(await outcome(serving, statement), statement).toBe(DENIED)
})

test('it makes and drops the partitions of days, and no other table', async () => {
  const pool = testPool(roles.servingUrl)
  const past = new Date('2019-03-01T12:00:00Z')
  await ensurePartitions(pool, past)
  expect(await outcome(serving, 'select count(*) from health_sample_20190301')).toBe(DENIED)
  await dropOldPartitions(pool, new Date(), { invocationsMs: 1, eventsMs: 1, healthMs: 1 })
  expect(await outcome(serving, 'select count(*) from health_sample_20190301')).toBe('42P01')
  expect(await outcome(serving, "select drop_partitions('site', '2030-01-01')")).toBe('P0001')
  await pool.end()
})

test('row-level security costs it nothing: no filter is left in its plans', async () => {
  for (const table of ['organization', 'site', 'installation', 'plugin', 'package']) {
    const { rows } = await serving.query<{ 'QUERY PLAN': string }>(`explain select * from ${table}`)
    expect(rows.map((row) => row['QUERY PLAN']).join('\n'), table).toMatch(/^Seq Scan on \w+ .*$/)
  }
})

test('where all is there, nothing is missing, and several starts at once agree', async () => {
  const names = { serving: userOf(roles.servingUrl), plugin: userOf(roles.pluginUrl!) }
  expect(await missingStatements(owner, names)).toEqual([])
  await owner.query(`drop owned by ${names.serving}, ${names.plugin}`)
  await owner.query('grant execute on function plugin_guard.organization() to public')
  await owner.query(`grant update on audit_entry to ${names.serving}`)
  const all = await Promise.all(Array.from({ length: 4 }, () => prepare()))
  expect(all.map((made) => made.servingUrl)).toEqual(Array.from({ length: 4 }, () => roles.servingUrl))
  expect(await missingStatements(owner, names)).toEqual([])
  expect(await outcome(serving, "update audit_entry set action = 'x'")).toBe(DENIED)
})

test('a password that somebody changed is set right, and a process without the owner’s address finds both roles', async () => {
  // A key of its own: the others' roles are shared by all tests that run now.
  const masterKey = randomBytes(32)
  const made = await prepare({ masterKey })
  const [first, second] = [madeRole(masterKey, 'serving').name, madeRole(masterKey, 'plugin').name]
  await owner.query(`alter role ${second} password 'other'`)
  expect(await prepare({ masterKey })).toEqual(made)
  expect(await prepare({ masterKey, url: made.servingUrl, ownerUrl: made.servingUrl })).toEqual(made)
  await owner.query(`drop owned by ${first}, ${second}; drop role ${first}, ${second}`)
})

test('given roles are told what is wrong with them, and a plugin’s is not used then', async () => {
  await withRole('createdb', async (name, url) => {
    const prepared = await prepare({ url, ownerUrl: database.url, pluginUrl: url })
    expect(prepared).toEqual({
      servingUrl: url,
      pluginUrl: null,
      detail: [
        `Served by the role ${name}, which owns nothing.`,
        'SQL of plugins is off: it may create databases.',
      ],
    })
    const client = await connect(url)
    expect(await outcome(client, 'select * from site')).toBe('done')
    await client.end()
  })
  const { detail } = await prepare({
    ownerUrl: `${database.url}?application_name=x`,
    pluginUrl: database.url,
  })
  expect(detail[0]).toBe(
    `Served by the role ${userOf(database.url)}, which may do more than it should: it is a superuser.`,
  )
  expect(detail[1]).toBe('SQL of plugins is off: it is a superuser.')
})

/** A database as one gets it elsewhere: its owner is no superuser. */
async function managed(
  attributes: string,
  work: (url: string, masterKey: Buffer) => Promise<void>,
): Promise<void> {
  await withRole(attributes, async (name, url) => {
    const masterKey = randomBytes(32)
    const other = new URL(url)
    other.pathname = `/${inject('templateDatabase')}_${randomBytes(6).toString('hex')}`
    await onServer(`create database ${other.pathname.slice(1)} owner ${name} template template0`)
    try {
      await applyMigrations({
        url: other.href,
        directory: path.join(import.meta.dirname, '../../prisma/migrations'),
      })
      await migrateQueue(other.href, log)
      await work(other.href, masterKey)
    } finally {
      await onServer(`drop database ${other.pathname.slice(1)} with (force)`)
      for (const purpose of ['serving', 'plugin'] as const) {
        await onServer(`drop role if exists ${madeRole(masterKey, purpose).name}`)
      }
    }
  })
}

test('an owner who may create roles but is no superuser makes both, and keeps to what he needs himself', async () => {
  await managed('createrole', async (url, masterKey) => {
    const made = await prepareRoles({ url, ownerUrl: url, pluginUrl: null, masterKey, log })
    expect([userOf(made.servingUrl), userOf(made.pluginUrl!)]).toEqual([
      madeRole(masterKey, 'serving').name,
      madeRole(masterKey, 'plugin').name,
    ])
    const [itsOwner, server] = await Promise.all([connect(url), connect(made.servingUrl)])
    const { a } = await writeTwoTenants(itsOwner)
    expect(
      (await itsOwner.query('select slug from site')).rowCount,
      'forced security lets the owner pass',
    ).toBe(2)
    expect((await server.query('select slug from site')).rowCount).toBe(2)
    expect(await outcome(server, "select graphile_worker.add_job('x')")).toBe('done')
    const reading = openPluginDatabase({ url: made.pluginUrl!, masterKey, onIdleError: () => undefined })
    const seen = await reading.read(a, async (query) => (await query('select slug from site')).rows)
    expect(seen).toEqual([{ slug: 'site-a' }])
    await Promise.all([reading.close(), itsOwner.end(), server.end()])
  })
})

test('an owner who may create no role serves himself, and says what is off', async () => {
  await managed('', async (url, masterKey) => {
    const prepared = await prepareRoles({ url, ownerUrl: url, pluginUrl: null, masterKey, log })
    const name = userOf(url)
    expect(prepared).toEqual({
      servingUrl: url,
      pluginUrl: null,
      detail: [
        `Served by the role ${name}, which may do more than it should: it owns the tables, and it may make no other (CREATEROLE).`,
        `SQL of plugins is off: ${name} may not make a role for it (CREATEROLE).`,
      ],
    })
  })
})
