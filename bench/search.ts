import { Client } from 'pg'
import { startPatchbay } from './start-patchbay.ts'
import { withDatabase } from './with-database.ts'

const PLUGINS = 10_000
const VERSIONS = 6
const ROUNDS = 60

/** Frequent, rare, a beginning, mistyped, and several words. */
const SEARCHES = ['router', 'unicorn', 'notif', 'suplier', 'cloud report daily', 'invoice sync']

const QUERY = `query ($search: String!) { plugins(filter: { search: $search }, first: 20) {
  nodes { slug name averageRating latestPackage { version } } } }`

/** The same rows by hand, for a viewer of an organization that has no registry of its own. */
const BARE = `select p.slug, p.name, p.average_rating, l.version from (
    select p.id, m.rank from search_plugins($1) m join plugin p on p.id = m.id order by m.rank desc, p.id desc offset 0
  ) f join plugin p on p.id = f.id left join package l on l.id = p.latest_package_id
  where exists (select 1 from package k join registry r on r.id = k.registry_id where k.plugin_id = p.id
    and r.type = 'ENTERPRISE' and r.organization_id is null and k.status in ('APPROVED', 'REVOKED'))
  order by f.rank desc, p.id desc limit 21`

/** A search of the catalogue by a viewer over HTTP, against the bare SQL query of the same rows: the 95th percentiles. */
export async function measureSearch(): Promise<void> {
  await withDatabase(async (database) => {
    const patchbay = await startPatchbay(database)
    const sql = new Client({ connectionString: database.url })
    await sql.connect()
    try {
      await fill(sql)
      await compare(patchbay.url, await viewerKey(patchbay.url, patchbay.adminKey), sql)
    } finally {
      await sql.end()
      await patchbay.close()
    }
  })
}

async function compare(url: string, key: string, sql: Client): Promise<void> {
  const bare = async (search: string): Promise<number> => {
    const { rows } = await sql.query({ name: 'bare', text: BARE, values: [search.split(' ')] })
    return Math.min(rows.length, 20)
  }
  const graph = async (search: string): Promise<number> => {
    const { plugins } = await ask<{ plugins: { nodes: unknown[] } }>(url, key, QUERY, { search })
    return plugins.nodes.length
  }
  const times = { bare: [] as number[], graph: [] as number[] }
  for (const search of SEARCHES) {
    if ((await bare(search)) !== (await graph(search))) throw new Error(`Not the same rows for ${search}.`)
  }
  for (let round = -5; round < ROUNDS; round += 1) {
    for (const search of SEARCHES) {
      const order = round % 2 === 0 ? (['bare', 'graph'] as const) : (['graph', 'bare'] as const)
      for (const name of order) {
        const began = performance.now()
        await (name === 'bare' ? bare : graph)(search)
        if (round >= 0) times[name].push(performance.now() - began)
      }
    }
  }
  for (const [name, all] of Object.entries(times)) {
    process.stdout.write(
      `${name.padEnd(6)} p50 ${at(all, 0.5).toFixed(1)} ms, p95 ${at(all, 0.95).toFixed(1)} ms\n`,
    )
  }
  const ratio = at(times.graph, 0.95) / at(times.bare, 0.95)
  process.stdout.write(`p95 of the graph is ${ratio.toFixed(2)} times that of the bare query (at most 2)\n`)
}

function at(times: readonly number[], share: number): number {
  return times.toSorted((a, b) => a - b)[Math.floor((times.length - 1) * share)]!
}

async function viewerKey(url: string, adminKey: string): Promise<string> {
  const made = await ask<{ createOrganization: { organization: { id: string } } }>(
    url,
    adminKey,
    'mutation { createOrganization(input: { slug: "acme", name: "Acme" }) { organization { id } } }',
  )
  const { createApiKey } = await ask<{ createApiKey: { secret: string } }>(
    url,
    adminKey,
    'mutation ($o: ID!) { createApiKey(input: { name: "viewer", role: VIEWER, organizationId: $o }) { secret } }',
    { o: made.createOrganization.organization.id },
  )
  return createApiKey.secret
}

async function ask<Data>(url: string, key: string, query: string, variables: object = {}): Promise<Data> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query, variables }),
  })
  const { data, errors } = (await response.json()) as { data: Data; errors?: unknown }
  if (errors !== undefined) throw new Error(JSON.stringify(errors))
  return data
}

/** Plugins of words that are drawn by how often they occur: a few are in every tenth plugin, most in a few. */
async function fill(sql: Client): Promise<void> {
  await sql.query(`
    create temporary table vocabulary as
      select row_number() over () as n, word from unnest(array['router', 'report', 'cloud', 'notification', 'daily',
        'supplier', 'invoice', 'sync', 'theme', 'backup', 'metrics', 'sensor', 'calendar', 'chat', 'unicorn'])
        as word
      union all select 15 + g, substr(md5(g::text), 1, 4 + g % 6) from generate_series(1, 1500) g;
    create function pg_temp.word(seed int) returns text language sql as
      $$ select word from vocabulary where n = 1 + floor(1515 * power(abs(hashint4(seed)::float8) / 2147483648, 3))::int $$;
    select setseed(0.5);
    insert into plugin (id, slug, name, description, type, author, keywords, created_at, updated_at, average_rating, rating_count)
      select gen_random_uuid(), pg_temp.word(i) || '-' || pg_temp.word(i + 20000) || '-' || i,
        initcap(pg_temp.word(i) || ' ' || pg_temp.word(i + 20000)),
        (select string_agg(pg_temp.word(i * 31 + w * 100003), ' ') from generate_series(1, 12) w),
        'INTEGRATION', 'Author ' || i % 300, array[pg_temp.word(i + 40000), pg_temp.word(i + 60000)], now(), now(), i % 5 + 1, 1
      from generate_series(1, ${PLUGINS}) i;
    insert into package (id, plugin_id, registry_id, version, version_key, status, format, manifest, checksum, size, risk_level,
        validation, submitted_at)
      select gen_random_uuid(), p.id, r.id, '1.' || v || '.0', '1.' || v || '.0', 'APPROVED', 'ZIP', '{}', encode(sha256((p.id::text || v)::bytea), 'hex'), 1, 'LOW',
        '{}', now()
      from plugin p, registry r, generate_series(1, ${VERSIONS}) v where r.slug = 'enterprise';
    update plugin p set latest_package_id = k.id from package k where k.plugin_id = p.id and k.version = '1.${VERSIONS}.0';
    analyze;`)
}
