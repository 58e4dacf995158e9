import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { prepareRoles, type DatabaseRoles } from '../../src/platform/database-roles.ts'
import { createLog } from '../../src/platform/log.ts'
import { MASTER_KEY } from '../support/master-key.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { connect, outcome } from './support/two-tenants.ts'

/** insufficient_privilege */
const DENIED = '42501'

let database: TestDatabase
let owner: Client
let roles: DatabaseRoles
/** The plugins' role as a stranger would have it who got hold of the connection itself. */
let raw: Client
beforeAll(async () => {
  database = await createTestDatabase()
  const { url } = database
  const log = createLog('fatal')
  roles = await prepareRoles({ url, ownerUrl: url, pluginUrl: null, masterKey: MASTER_KEY, log })
  owner = await connect(url)
  raw = await connect(roles.pluginUrl!)
})
afterAll(async () => {
  await raw.end()
  await owner.end()
  await database.drop()
})

test('it reads nothing but what is promised: no key, no other table or column', async () => {
  expect(await outcome(raw, 'select * from plugin_guard.proof_key')).toBe(DENIED)
  for (const column of ['configuration', 'failure', 'license_id', '*']) {
    expect(await outcome(raw, `select ${column} from public.installation`), column).toBe(DENIED)
  }
  const { rows } = await owner.query<{ name: string; columns: string | null }>(
    `select c.oid::regclass::text as name, string_agg(a.attname, ' ' order by a.attname) as columns
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
     where c.relnamespace::regnamespace::text in ('public', 'graphile_worker', 'plugin_guard') and c.relkind in ('r', 'p', 'v', 'm', 'f')
       and has_column_privilege($1, c.oid, a.attnum, 'SELECT, INSERT, UPDATE, REFERENCES') group by 1 order by 1`,
    [new URL(roles.pluginUrl!).username],
  )
  expect(Object.fromEntries(rows.map((row) => [row.name, row.columns]))).toEqual({
    installation:
      'activated_at deactivated_at error_count health_status id in_force installed_at last_seen_at organization_id package_id plugin_id site_id status superseded_by_id uninstalled_at',
    organization: 'id name slug',
    package: 'id version',
    plugin: 'author description id name slug type',
    site: 'created_at host_version id labels name organization_id slug',
  })
})

test('it becomes nobody else, writes nothing, makes nothing and reaches no file, also where it may write', async () => {
  await raw.query('set default_transaction_read_only = off')
  const serving = new URL(roles.servingUrl).username
  const superuser = new URL(database.url).username
  const attempts: Record<string, string> = {
    [`set role ${superuser}`]: DENIED,
    [`set role ${serving}`]: DENIED,
    [`set session authorization ${superuser}`]: DENIED,
    "insert into plugin_api.organization values (gen_random_uuid(), 'x', 'x')": DENIED,
    "update public.site set name = 'x'": DENIED,
    'delete from plugin_api.site': DENIED,
    'truncate public.site': DENIED,
    'select * from public.site for update': DENIED,
    'do $$ begin lock table public.site in exclusive mode; end $$': DENIED,
    'create table plugin_api.t (id int)': DENIED,
    'create table public.t (id int)': DENIED,
    'create temporary table t (id int)': DENIED,
    'create schema mine': DENIED,
    'create function public.f() returns int language sql as $$ select 1 $$': DENIED,
    'create role me superuser': DENIED,
    "alter role current_user set track_activities = 'on'": DENIED,
    "copy (select 1) to '/tmp/x'": DENIED,
    "copy (select 1) to program 'id'": DENIED,
    "select pg_read_file('/etc/passwd')": DENIED,
    'select lo_create(0)': DENIED,
    'select pg_advisory_lock(1)': DENIED,
    "select pg_notify('patchbay', '')": DENIED,
    'select pg_terminate_backend(1)': DENIED,
    'select public.ensure_partitions(current_date, 1)': DENIED,
    "select public.drop_partitions('event', current_date)": DENIED,
    "select graphile_worker.add_job('x')": DENIED,
    "select dblink('', '')": '42883',
    'create extension pg_trgm': '42710',
    'alter table public.site disable row level security': DENIED,
    'drop policy proven on public.site': DENIED,
    'set row_security = off': 'done',
    'select * from public.site': DENIED,
  }
  const found: Record<string, string> = {}
  for (const attempt of Object.keys(attempts)) found[attempt] = await outcome(raw, attempt)
  await raw.query('reset all')
  expect(found).toEqual(attempts)
})

test('what others ask the database is not told, nor what other plugins ask', async () => {
  const neighbour = await connect(roles.pluginUrl!)
  await neighbour.query("select 'of a neighbour'")
  const { rows } = await raw.query(
    `select query from pg_stat_activity where pid <> pg_backend_pid() and query not in ('', '<insufficient privilege>')`,
  )
  await neighbour.end()
  expect(rows).toEqual([])
})

test('docs/plugin-data.md promises the very columns that there are', async () => {
  const { rows } = await owner.query<{ line: string }>(
    `select format('%s.%s', table_name, column_name) as line from information_schema.columns where table_schema = 'plugin_api'`,
  )
  const text = await readFile(path.join(import.meta.dirname, '../../docs/plugin-data.md'), 'utf8')
  const promised = [...text.matchAll(/^\| `(\w+)` \| (.+?) \|/gm)].flatMap(([, view, columns]) =>
    [...columns!.matchAll(/`(\w+)`/g)].map(([, column]) => `${view}.${column}`),
  )
  expect(promised.toSorted()).toEqual(rows.map((row) => row.line).toSorted())
})
