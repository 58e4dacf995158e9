import { Client } from 'pg'
import { expect, onTestFinished, test, vi } from 'vitest'
import { ask } from '../support/http.ts'
import { openCluster } from './support/cluster.ts'
import { nothingLeft, TEN_SECONDS } from './support/launched-service.ts'

/** Whoever comes to its end waits for this lock, and keeps no answer then. */
const LOCK = 4711

test('kill -9 between the commit of a mutation and its answer: a repeat at another process gets the first answer, and it is done once', async () => {
  const { start, key, databaseUrl } = await openCluster()
  const [first, second] = await Promise.all([start('api'), start('api')])
  const [here, there] = await Promise.all([first.greeting(), second.greeting()])
  const owner = new Client({ connectionString: databaseUrl })
  await owner.connect()
  onTestFinished(() => owner.end())
  await owner.query(`
    create function lose_answer() returns trigger language plpgsql as $$ begin
      if current_query() not like '%case when ended%' then return new; end if;
      perform pg_advisory_xact_lock(${LOCK});
      return null;
    end $$;
    create trigger lose_answer before update on idempotency_key for each row execute function lose_answer()`)
  await owner.query(`select pg_advisory_lock(${LOCK})`)
  const query =
    'mutation ($input: CreateOrganizationInput!) { createOrganization(input: $input) { organization { id slug } userErrors { code } } }'
  const variables = { input: { slug: 'once', name: 'Once', idempotencyKey: 'killed' } }
  const broken = expect(ask(here, query, { key, variables })).rejects.toThrow()
  await vi.waitUntil(async () => {
    const { rows } = await owner.query(`select 1 from pg_locks where locktype = 'advisory' and not granted`)
    return rows.length > 0
  }, TEN_SECONDS)

  first.signal('SIGKILL')

  await nothingLeft(first)
  await broken
  await owner.query(`select pg_advisory_unlock(${LOCK})`)
  const { rows } = await owner.query<{ id: string }>(`select id from organization where slug = 'once'`)
  const id = Buffer.from(`Organization:${rows[0]!.id}`).toString('base64')
  const again = await ask(there, query, { key, variables })
  expect(again.json).toEqual({
    data: { createOrganization: { organization: { id, slug: 'once' }, userErrors: [] } },
  })
  const told = await owner.query(
    `select 1 from audit_entry where action = 'organization.created' and subject_id = $1`,
    [rows[0]!.id],
  )
  expect(told.rowCount).toBe(1)
}, 60_000)
