import type { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLog } from '../../src/platform/log.ts'
import { prepareRoles, type DatabaseRoles } from '../../src/platform/database-roles.ts'
import {
  openPluginDatabase,
  type PluginDatabase,
  type PluginQuery,
} from '../../src/platform/plugin-database.ts'
import { organizationProof, proofKey } from '../../src/platform/plugin-proof.ts'
import { MASTER_KEY } from '../support/master-key.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { connect, writeTwoTenants, type TwoTenants } from './support/two-tenants.ts'

const KEY = proofKey(MASTER_KEY)

let database: TestDatabase
let owner: Client
let roles: DatabaseRoles
let reading: PluginDatabase
let tenants: TwoTenants
/** The plugins' role as a stranger would have it who got hold of the connection itself. */
let raw: Client
beforeAll(async () => {
  database = await createTestDatabase()
  const { url } = database
  roles = await prepareRoles({
    url,
    ownerUrl: url,
    pluginUrl: null,
    masterKey: MASTER_KEY,
    log: createLog('fatal'),
  })
  owner = await connect(url)
  tenants = await writeTwoTenants(owner)
  raw = await connect(roles.pluginUrl!)
  reading = openPluginDatabase({ url: roles.pluginUrl!, masterKey: MASTER_KEY, onIdleError: () => undefined })
  return async () => {
    await reading.close()
    await raw.end()
    await owner.end()
  }
})
afterAll(async () => await database.drop())

/** Begins a transaction of the stranger's with a proof that the host made for it; ends it when `work` is done. */
async function proven<T>(organization: string, work: () => Promise<T>, lifetimeMs = 60_000): Promise<T> {
  await raw.query('begin')
  try {
    await setProof(organizationProof(KEY, organization, lifetimeMs, await placeOf(raw)))
    return await work()
  } finally {
    await raw.query('rollback')
  }
}

async function placeOf(client: Client): Promise<{ pid: number; epoch: string }> {
  const { rows } = await client.query<{ pid: number; epoch: string }>(
    'select pg_backend_pid() as pid, extract(epoch from transaction_timestamp())::text as epoch',
  )
  return rows[0]!
}

async function setProof(proof: string): Promise<void> {
  await raw.query("select set_config('patchbay.proof', $1, true)", [proof])
}

/** All that the stranger sees: slugs of the views, and of the tables behind them. */
async function seen(): Promise<string[]> {
  const { rows } = await raw.query<{ slug: string }>(
    `select slug from plugin_api.organization union all select slug from plugin_api.site
     union all select plugin from plugin_api.installation union all select plugin from plugin_api.health
     union all select slug from plugin_api.plugin union all select slug from public.site
     union all select p.slug from public.package k, public.plugin p union all select slug from public.organization order by 1`,
  )
  return rows.map((row) => row.slug)
}

const OF_A = 'organization-a organization-a plugin-a plugin-a plugin-a plugin-a site-a site-a'.split(' ')

test('SQL of plugins sees the rows of the organization that is proven, and without a proof none', async () => {
  expect(await seen()).toEqual([])
  expect(await proven(tenants.a, seen)).toEqual(OF_A)
  expect(await proven(tenants.b, seen)).toEqual(OF_A.map((slug) => slug.replace(/a$/, 'b')))
  expect(await seen(), 'the proof ends with its transaction').toEqual([])
})

test('a proof that is forged, of another session or transaction, too old, or of no form shows nothing', async () => {
  const elsewhere = await connect(roles.pluginUrl!)
  await elsewhere.query('begin')
  const foreign = organizationProof(KEY, tenants.b, 60_000, await placeOf(elsewhere))
  let former = ''
  await proven(tenants.b, async () => {
    former = organizationProof(KEY, tenants.b, 60_000, await placeOf(raw))
  })
  await proven(tenants.a, async () => {
    const own = organizationProof(KEY, tenants.a, 60_000, await placeOf(raw))
    const forgeries = [
      foreign,
      former,
      own.replace(tenants.a, tenants.b),
      own.replace('.60000.', '.99999.'),
      organizationProof(Buffer.alloc(32), tenants.b, 60_000, await placeOf(raw)),
      tenants.b,
      `${tenants.b}.60000.`,
      '',
      "'; select 1 --",
      own.toUpperCase(),
      `${own} `,
    ]
    for (const forgery of forgeries) {
      await setProof(forgery)
      expect(await seen(), forgery).toEqual([])
    }
    await setProof(own)
    expect(await seen()).toEqual(OF_A)
  })
  await elsewhere.end()
})

test('a proof is good for its time, and no longer', async () => {
  const inTime = await proven(tenants.a, seen, 60_000)
  const late = await proven(
    tenants.a,
    async () => {
      await raw.query('select pg_sleep(0.002)')
      return await seen()
    },
    1,
  )
  expect([inTime.length, late]).toEqual([OF_A.length, []])
})

test('changing the setting in the middle of a statement shows no row of anybody else', async () => {
  const attacks = [
    `select s.slug from (select set_config('patchbay.proof', $1, true)) as c, public.site s`,
    `select slug from public.site where set_config('patchbay.proof', $1, true) is not null`,
    `with c as materialized (select set_config('patchbay.proof', $1, true)) select s.slug from c, plugin_api.site s`,
    `select s.slug from plugin_api.site s, lateral (select set_config('patchbay.proof', $1, true) where s.slug is not null) c
     union all select slug from plugin_api.site`,
    `select case when set_config('patchbay.proof', $1, true) is not null then (select string_agg(slug, ',') from plugin_api.site) end as slug`,
  ]
  for (const attack of attacks) {
    for (const value of [
      tenants.b,
      organizationProof(Buffer.alloc(32), tenants.b, 60_000, { pid: 1, epoch: '1' }),
    ]) {
      const { rows } = await proven(tenants.a, () => raw.query<{ slug: string | null }>(attack, [value]))
      expect(
        rows.filter(({ slug }) => slug !== null && slug !== 'site-a'),
        attack,
      ).toEqual([])
    }
  }
})

test('operators and casts that fail tell nothing of rows that are not shown', async () => {
  for (const relation of ['plugin_api.site', 'public.site']) {
    for (const condition of [
      `1 / (case when slug = 'site-b' then 0 else 1 end) = 1`,
      `(case when slug = 'site-b' then slug else '1' end)::int = 1`,
      `length(repeat(slug, case when slug = 'site-b' then 2000000000 else 1 end)) > 0`,
    ]) {
      const rows = await proven(tenants.a, () => raw.query(`select slug from ${relation} where ${condition}`))
      expect(rows.rows, condition).toEqual([{ slug: 'site-a' }])
    }
  }
})

test('a prepared statement asks anew for each proof', async () => {
  await raw.query('prepare sites as select slug from plugin_api.site')
  const ask = async (): Promise<unknown[]> => (await raw.query('execute sites')).rows
  expect(await proven(tenants.a, ask)).toEqual([{ slug: 'site-a' }])
  expect(await proven(tenants.b, ask)).toEqual([{ slug: 'site-b' }])
  for (let round = 0; round < 6; round++) await proven(tenants.a, ask)
  expect(await ask(), 'with a generic plan too').toEqual([])
})

test('through the host a plugin asks questions, and says nothing else', async () => {
  const sayings = [
    'commit',
    'rollback',
    "set patchbay.proof = ''",
    'notify patchbay',
    'discard all',
    'select 1; commit',
    'select 1; select 2',
    'prepare x as select 1',
    'do $$ begin end $$',
    'copy site to stdout',
    "with x as (update public.site set name = 'x' returning *) select * from x",
    'declare c cursor with hold for select 1',
    'select 1 into t',
  ]
  await reading.read(tenants.a, async (query) => {
    for (const saying of sayings) await expect(query(saying), saying).rejects.toThrow()
    expect((await query('select slug from site where slug = $1', ['site-a'])).rows).toEqual([
      { slug: 'site-a' },
    ])
    const atOnce = [query('select 1 as n'), query('select 1 / 0'), query('select 2 as n')]
    expect((await Promise.allSettled(atOnce)).map((it) => it.status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
    expect((await query('select slug from site')).rows, 'errors before it do not matter').toEqual([
      { slug: 'site-a' },
    ])
    expect(await query('select n from generate_series(1, 1001) as n')).toMatchObject({
      truncated: true,
      rows: { length: 1000 },
    })
  })
})

test('nothing of one turn is left for the next one on the same connection', async () => {
  const turns: number[] = []
  for (const organization of [tenants.a, tenants.b]) {
    await reading.read(organization, async (query) => {
      const { rows } = await query(
        `select pg_backend_pid() as pid, current_setting('my.note', true) as note, (select string_agg(slug, ',') from site) as slug,
           set_config('my.note', 'left', false), set_config('statement_timeout', '0', false)`,
      )
      turns.push(rows[0]!['pid'] as number)
      expect(rows[0]!['note'] ?? '').toBe('')
      expect(rows[0]!['slug']).toBe(organization === tenants.a ? 'site-a' : 'site-b')
      expect((await query("select current_setting('statement_timeout') as ms")).rows).toEqual([{ ms: '2s' }])
    })
  }
  expect(turns[0]).toBe(turns[1])
})

test('what nobody waits for is over with its turn, and what is asked after it is refused', async () => {
  const left: Promise<unknown>[] = []
  const held: PluginQuery[] = []
  await reading.read(tenants.a, async (query) => {
    held.push(query)
    for (let n = 0; n < 3; n++) left.push(query('select slug from site, pg_sleep(0.01)'))
    await left[0]
  })
  await reading.read(tenants.b, async (query) => {
    left.push(held[0]!('select slug from site'))
    expect((await query('select slug from site')).rows).toEqual([{ slug: 'site-b' }])
  })
  const answers = await Promise.allSettled(left)
  expect(JSON.stringify(answers)).not.toContain('site-b')
  expect(answers.at(-1)!.status).toBe('rejected')
})
