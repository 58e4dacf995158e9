import { afterAll, beforeAll, expect, test } from 'vitest'
import { CapabilityError } from '../../../src/runtime/capability-error.ts'
import { askerOf, deniedOf, type Ask } from '../../support/asking.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { openStage, run, type TestStage } from '../../support/stage.ts'

let server: TestServer
let stage: TestStage
let other: TestStage
let ask: Ask
let askOther: Ask
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  stage = await openStage(server, 'acme')
  other = await openStage(server, 'globex')
  const permissions = [{ permission: 'db:read', reason: 'To count the sites.' }]
  const code = 'export default {}\n'
  ask = await askerOf(server, await run(stage, { id: 'reader', permissions }, code))
  askOther = await askerOf(server, await run(other, { id: 'other-reader', permissions }, code))
})
afterAll(async () => {
  await Promise.all([stage.close(), other.close()])
  await server.close()
})

const query = async (sql: string, params: unknown[] = []): Promise<Answer> =>
  (await ask('db.query', { sql, params } as never)) as unknown as Answer

interface Answer {
  rows: Record<string, unknown>[]
  truncated: boolean
}

test('rows are those of the organization alone, with parameters in their places', async () => {
  expect(await query('select slug from organization where slug = any($1)', ['{acme,globex}'])).toEqual({
    rows: [{ slug: 'acme' }],
    truncated: false,
  })
  const { rows } = (await askOther('db.query', {
    sql: 'select distinct plugin from installation',
    params: [],
  })) as unknown as Answer
  expect(rows).toEqual([{ plugin: 'other-reader' }])
  expect((await query('select $1::jsonb as given', [{ a: [1] }])).rows).toEqual([{ given: { a: [1] } }])
  expect((await query('select n from generate_series(1, 2000) n')).rows).toHaveLength(1000)
})

test('every value is one that JSON can hold', async () => {
  const { rows } =
    await query(`select 1::int2 as small, 9007199254740991 as safe, 9007199254740993 as big, 1.10::numeric as money,
    0.1::float8 as float, 'nan'::float8 as nan, true as yes, null as nothing, 'a' as text,
    timestamptz '2026-11-21 13:40:00.123456+02' as at, timestamp '2026-11-21 13:40' as local, date '2026-11-21' as day,
    timestamptz 'infinity' as never, interval '1 day 2 hours' as span, '\\xdeadbeef'::bytea as bytes,
    '{"a":1}'::jsonb as json, array['a', null, 'b,c'] as texts, array[[1,2],[3,4]] as grid, array[now() - now()] as other,
    '00000000-0000-0000-0000-000000000001'::uuid as id, 1 as "__proto__", row(1, 'x') as pair`)
  const [row] = rows
  expect(JSON.parse(JSON.stringify({ ...row, other: undefined }))).toEqual({
    small: 1,
    safe: 9007199254740991,
    big: '9007199254740993',
    money: '1.10',
    float: 0.1,
    nan: 'NaN',
    yes: true,
    nothing: null,
    text: 'a',
    at: '2026-11-21T11:40:00.123456Z',
    local: '2026-11-21T13:40:00',
    day: '2026-11-21',
    never: 'infinity',
    span: 'P1DT2H',
    bytes: '3q2+7w==',
    json: { a: 1 },
    texts: ['a', null, 'b,c'],
    grid: [
      [1, 2],
      [3, 4],
    ],
    id: '00000000-0000-0000-0000-000000000001',
    pair: '(1,x)',
    ['__proto__']: 1,
  })
  expect(Object.hasOwn(row!, '__proto__')).toBe(true)
})

/** What is tried, and the code that it ends with; null: an answer without anything in it. */
const ATTACKS: readonly [name: string, sql: string, code: string | null][] = [
  ['insert', 'insert into site default values', 'QUERY_FAILED'],
  [
    'update in a WITH',
    "with x as (update public.site set name = 'x' returning *) select * from x",
    'QUERY_FAILED',
  ],
  ['delete', 'delete from public.site', 'QUERY_FAILED'],
  ['truncate', 'truncate public.site', 'QUERY_FAILED'],
  ['select into', 'select 1 into t', 'QUERY_FAILED'],
  ['select for update', 'select slug from public.site for update', 'QUERY_FAILED'],
  ['another table', 'select * from public.secret', 'QUERY_DENIED'],
  ['documents of plugins', 'select document from public.collection_document', 'QUERY_DENIED'],
  ['files of plugins', 'select path from public.plugin_file', 'QUERY_DENIED'],
  ['another column', 'select settings from public.plugin', 'QUERY_DENIED'],
  ['the key of the proofs', 'select * from plugin_guard.proof_key', 'QUERY_DENIED'],
  ['the queue', 'select * from graphile_worker.jobs', 'QUERY_DENIED'],
  ['passwords', 'select * from pg_authid', 'QUERY_DENIED'],
  ['user mappings', 'select * from pg_user_mapping', 'QUERY_DENIED'],
  ['set role', 'set role postgres', 'QUERY_FAILED'],
  ['set role by a function', "select set_config('role', 'postgres', true)", 'QUERY_FAILED'],
  ['session authorization', "select set_config('session_authorization', 'postgres', true)", 'QUERY_FAILED'],
  [
    'the proof',
    "select s.slug from (select set_config('patchbay.proof', 'x', true)) c, site s where s.slug is not null and c is null",
    null,
  ],
  [
    'search_path',
    "select set_config('search_path', 'public', true), (select count(*) from site where slug like 'globex%') as n",
    null,
  ],
  ['copy out', 'copy site to stdout', 'QUERY_FAILED'],
  ['copy to a program', "copy (select 1) to program 'id'", 'QUERY_FAILED'],
  ['stacked', 'select 1; drop table site', 'QUERY_FAILED'],
  ['stacked behind a comment', 'select 1 /* ; */; commit --', 'QUERY_FAILED'],
  ['a comment that is open', 'select 1 /* ', 'QUERY_FAILED'],
  ['NUL', 'select 1\0; drop table site', 'BAD_INPUT'],
  ['commit', 'commit', 'QUERY_FAILED'],
  ['a block', 'do $$ begin perform 1; end $$', 'QUERY_FAILED'],
  ['prepare', 'prepare x as select 1', 'QUERY_FAILED'],
  ['a cursor', 'declare c cursor with hold for select 1', 'QUERY_FAILED'],
  ['fetch', 'fetch all from answer', 'QUERY_FAILED'],
  ['listen', 'listen patchbay', 'QUERY_FAILED'],
  ['a temporary table', 'create temp table t (n int)', 'QUERY_FAILED'],
  ['explain', 'explain analyze select 1', 'QUERY_FAILED'],
  ['reading a file', "select pg_read_file('/etc/passwd')", 'QUERY_DENIED'],
  ['listing a folder', "select pg_ls_dir('/')", 'QUERY_DENIED'],
  ['large objects', "select lo_import('/etc/passwd')", 'QUERY_DENIED'],
  ['dblink', "select * from dblink('host=127.0.0.1', 'select 1') as t(n int)", 'QUERY_FAILED'],
  ['advisory locks', 'select pg_advisory_lock(1)', 'QUERY_DENIED'],
  ['advisory locks of a transaction', 'select pg_advisory_xact_lock(1)', 'QUERY_DENIED'],
  ['ending others', 'select pg_terminate_backend(pid) from pg_stat_activity', 'QUERY_DENIED'],
  ['notify', "select pg_notify('patchbay', '')", 'QUERY_DENIED'],
  ['SQL in a function', "select query_to_xml('select * from public.secret', true, true, '')", 'QUERY_DENIED'],
  ['the whole database as XML', "select schema_to_xml('public', true, true, '')", null],
  ['sequences', "select nextval('graphile_worker.jobs_id_seq')", 'QUERY_DENIED'],
  ['a cast that fails', 'select slug::int from site', 'QUERY_FAILED'],
  ['an error of a megabyte', "select repeat('x', 1000000)::int", 'QUERY_FAILED'],
  ['an error of ten megabytes', "select repeat('x', 10000000)::int", 'ANSWER_TOO_LARGE'],
  ['a value of 20 MB', "select repeat('x', 20000000) as x", 'ANSWER_TOO_LARGE'],
  ['rows of 100 MB', "select repeat('x', 100000) as x from generate_series(1, 1000)", 'ANSWER_TOO_LARGE'],
  ['2 MB', "select repeat('x', 2000000) as x", 'ANSWER_TOO_LARGE'],
  ['JSON of 5,000 levels', "select (repeat('[', 5000) || repeat(']', 5000))::jsonb as x", 'ANSWER_TOO_LARGE'],
  ['a syntax error', 'selekt 1', 'QUERY_FAILED'],
  ['deep nesting', `select ${'('.repeat(20000)}1${')'.repeat(20000)}`, 'QUERY_FAILED'],
]

test.each(ATTACKS)('%s ends in its place, and the next question is answered', async (_name, sql, code) => {
  if (code === null) expect(JSON.stringify(await query(sql))).not.toMatch(/globex|other-reader|[1-9]"?\}/)
  else {
    const told = await deniedOf(query(sql))
    expect(told, told.message).toMatchObject({ code })
    expect(told.message.length).toBeLessThan(600)
    expect(told.message).not.toMatch(/globex|other-reader|hint|sealed/i)
  }
  expect((await query('select slug from organization')).rows).toEqual([{ slug: 'acme' }])
})

/** What collects more than a process may have. */
const GREEDY = {
  'a text of 900 MB': "select string_agg(repeat('x', 1000000), '') from generate_series(1, 900)",
  'a text of 1 GB that nobody sees': "select length(repeat('x', 1000000000))",
  'an array of 500 MB': "select array_agg(repeat('x', 10000) || n) from generate_series(1, 50000) n",
  'a sort of 240 MB': "select n from generate_series(1, 30000) n order by repeat('x', 8000) || n",
  'more memory for itself': `select set_config('work_mem', '2GB', true), array_agg(m)
    from (select repeat('x', 8000) || n as m from generate_series(1, 60000) n order by 1) q`,
}

// A PostgreSQL that is not ours is bounded by whoever starts it.
test.skipIf(process.env['TEST_DATABASE_URL'] !== undefined)(
  'what takes more memory or disk than it may fails, and the next question is answered',
  async () => {
    for (const [name, sql] of Object.entries(GREEDY)) {
      const told = await deniedOf(query(sql))
      expect([name, told.code, told.message]).toEqual([
        name,
        'QUERY_FAILED',
        expect.stringContaining('more memory or disk'),
      ])
      expect((await query('select slug from organization')).rows).toEqual([{ slug: 'acme' }])
    }
  },
)

/** Each would go on for hours. */
const ENDLESS = [
  'select count(*) from (select generate_series(1, 100000000000)) n',
  'select max(md5(n::text)) from (select generate_series(1, 100000000000) n) n',
  // Each step is slow: what it keeps of all steps would be over its share of the disk before, on a fast machine.
  'with recursive t(n) as (select 1 union all select n + (select 1 from generate_series(1, 100000) i where i > n + 1000000) from t) select count(*) from t',
  "select set_config('statement_timeout', '0', true), pg_sleep(3600)",
]

test('what would go on for ever ends after its 2 seconds, while another organization is answered', async () => {
  const order: string[] = []
  const ends = Promise.all(ENDLESS.map((sql) => deniedOf(query(sql)))).then((told) => {
    order.push('endless')
    return told
  })
  const answer = await askOther('db.query', { sql: 'select slug from organization' })
  order.push('other')
  expect(answer).toMatchObject({ rows: [{ slug: 'globex' }] })
  expect([...new Set((await ends).map(({ code }) => code))]).toEqual(['QUERY_TIMEOUT'])
  expect(order).toEqual(['other', 'endless'])
})

test('with its invocation a question ends, in the database too', async () => {
  const over = new AbortController()
  const asked = ask('db.query', { sql: 'select pg_sleep(3600)' }, over.signal)
  const ended = asked.then(
    () => 'answered',
    (error: unknown) => (error instanceof CapabilityError ? error.code : 'broken off'),
  )
  const sleeping = async (): Promise<number> => {
    const { rows } = await server.owner.query<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity
       where wait_event = 'PgSleep' and application_name = 'patchbay plugins' and datname = current_database()`,
    )
    return rows[0]!.n
  }
  await expect.poll(sleeping, { timeout: 10_000, interval: 20 }).toBe(1)
  over.abort(new Error('over'))
  expect(await ended).toBe('broken off')
  await expect.poll(sleeping, { timeout: 10_000 }).toBe(0)
})

test('more than may wait is refused at once', async () => {
  const asked = Array.from({ length: 80 }, () => query('select pg_sleep(0.01)'))
  const answers = await Promise.allSettled(asked)
  const refused = answers.filter((it) => it.status === 'rejected')
  expect(refused.length).toBeGreaterThan(20)
  expect(refused[0]!.reason).toMatchObject({ code: 'BUSY' })
  expect(answers[0]!.status).toBe('fulfilled')
})
