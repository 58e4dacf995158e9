import { Client } from 'pg'
import type { App } from '../src/app.ts'
import { packageSource, readCandidates } from '../src/features/installations/package-source.ts'
import { resolvePlan } from '../src/features/installations/resolver/resolve-plan.ts'
import { encodeGlobalId } from '../src/graphql/global-id.ts'
import { versionKey } from '../src/lib/version-key.ts'
import { drawRegistry } from './drawn-registry.ts'
import { startPatchbay } from './start-patchbay.ts'
import { withDatabase } from './with-database.ts'

/** Which versions are asked for: the slowest are few, and another draw has others. */
const DRAWS = ['first', 'second', 'third']
const ROUNDS = 300
/** Until the code is compiled and the statements are planned. */
const WARM_UP = 150

const QUERY = `query ($siteId: ID!, $packageId: ID!) { resolveDependencies(siteId: $siteId, packageId: $packageId) {
  resolvable steps { action requiredBy } conflicts { kind message slugs } } }`

interface Site {
  id: string
  organizationId: string
  hostVersion: string
}

/** `resolveDependencies` over HTTP and a real PostgreSQL, of random versions of a large registry: times, and what is read. */
export async function measureResolve(): Promise<void> {
  await withDatabase(async (database) => {
    const { app, url, adminKey, close } = await startPatchbay(database)
    const sql = new Client({ connectionString: database.url })
    await sql.connect()
    try {
      const site = await fill(sql)
      await measureTimes(url, adminKey, site, await drawRoots(sql, 'warm-up', WARM_UP))
      for (const draw of DRAWS) {
        process.stdout.write(`${draw} draw\n`)
        const times = await measureTimes(url, adminKey, site, await drawRoots(sql, draw, ROUNDS))
        printTimes(times)
      }
      await countReads(app, sql, site, await drawRoots(sql, DRAWS[0]!, ROUNDS))
    } finally {
      await sql.end()
      await close()
    }
  })
}

interface Times {
  /** Milliseconds. */
  took: number[]
  busy: number[]
  steps: number[]
  refused: number
}

async function measureTimes(url: string, key: string, site: Site, roots: readonly string[]): Promise<Times> {
  const times: Times = { took: [], busy: [], steps: [], refused: 0 }
  for (const packageId of roots) {
    const began = performance.now()
    const cpu = process.cpuUsage()
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({
        query: QUERY,
        variables: {
          siteId: encodeGlobalId('Site', site.id),
          packageId: encodeGlobalId('Package', packageId),
        },
      }),
    })
    const { data, errors } = (await response.json()) as Answer
    times.took.push(performance.now() - began)
    const { user, system } = process.cpuUsage(cpu)
    times.busy.push((user + system) / 1_000)
    if (data === undefined) throw new Error(JSON.stringify(errors))
    times.steps.push(data.resolveDependencies.steps.length)
    if (!data.resolveDependencies.resolvable) times.refused += 1
  }
  return times
}

function printTimes({ took, busy, steps, refused }: Times): void {
  print('  resolveDependencies over HTTP', took, 'ms', 1)
  print('  CPU time of server and client together', busy, 'ms', 1)
  print('  plugins in the plan', steps, '', 0)
  process.stdout.write(`  without a solution, told why: ${refused} of ${took.length}\n`)
}

interface Answer {
  data?: { resolveDependencies: { resolvable: boolean; steps: unknown[] } }
  errors?: unknown
}

/** The same plans again, counting what comes from the database; and what the process keeps of it. */
async function countReads(app: App, sql: Client, site: Site, roots: readonly string[]): Promise<void> {
  const source = packageSource(app, site)
  const counts: { versions: number[]; details: number[] } = { versions: [], details: [] }
  for (const packageId of roots) {
    const [root] = await readCandidates(app, [packageId])
    let versions = 0
    let details = 0
    await resolvePlan({
      root: root!,
      hostVersion: site.hostVersion,
      installed: [],
      source: {
        versionsOf: async (slugs) => {
          const found = await source.versionsOf(slugs)
          for (const all of found.values()) versions += all.length
          return found
        },
        detailsOf: async (packageIds) => {
          details += packageIds.length
          return await source.detailsOf(packageIds)
        },
      },
    })
    counts.versions.push(versions)
    counts.details.push(details)
  }
  const { rows } = await sql.query<{ n: string }>('select count(*) as n from package')
  print(`versions read of ${rows[0]!.n} (number and id)`, counts.versions, '', 0)
  print('of them with what they ask for', counts.details, '', 0)
}

function print(what: string, values: readonly number[], unit: string, digits: number): void {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number): string =>
    `${sorted[Math.floor((sorted.length - 1) * share)]!.toFixed(digits)}${unit && ` ${unit}`}`
  process.stdout.write(`${what}: p50 ${at(0.5)}, p95 ${at(0.95)}, most ${at(1)}\n`)
}

/** The same versions for the same draw, whatever their ids are. */
async function drawRoots(sql: Client, draw: string, count: number): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `select k.id from package k join plugin p on p.id = k.plugin_id
       order by md5($1 || p.slug || ' ' || k.version) limit $2`,
    [draw, count],
  )
  return rows.map((row) => row.id)
}

async function fill(sql: Client): Promise<Site> {
  const versions = drawRegistry()
  await sql.query(
    `insert into plugin (id, slug, name, description, type, author, keywords, created_at, updated_at)
       select gen_random_uuid(), slug, slug, '', 'INTEGRATION', 'A', '{}', now(), now()
       from (select distinct slug from unnest($1::text[]) slug) s`,
    [versions.map((it) => it.slug)],
  )
  await sql.query(
    `insert into package (id, plugin_id, registry_id, version, version_key, status, format, manifest, checksum, size,
         risk_level, validation, submitted_at)
       select gen_random_uuid(), p.id, r.id, v.version, v.key, 'APPROVED', 'ZIP',
         jsonb_build_object('engines', '{"host": ">=1"}'::jsonb, 'dependencies', v.needs::jsonb,
           'optionalDependencies', '{}'::jsonb, 'conflicts', '{}'::jsonb, 'contributes', '{}'::jsonb,
           'readme', (select string_agg(md5(v.slug || v.version || n), '') from generate_series(1, 120) n)),
         repeat('a', 64), 1, 'LOW', '{}', now()
       from unnest($1::text[], $2::text[], $3::text[], $4::text[]) v(slug, version, key, needs)
         join plugin p on p.slug = v.slug join registry r on r.slug = 'enterprise'`,
    [
      versions.map((it) => it.slug),
      versions.map((it) => it.version),
      versions.map((it) => versionKey(it.version)),
      versions.map(({ needs }) => JSON.stringify(Object.fromEntries(needs.map((it) => [it.slug, it.range])))),
    ],
  )
  const needs = versions.flatMap(({ slug, version, needs }) => needs.map((need) => ({ slug, version, need })))
  await sql.query(
    `insert into package_dependency (package_id, slug, range, optional)
       select k.id, d.needed, d.range, false from unnest($1::text[], $2::text[], $3::text[], $4::text[]) d(slug, version, needed, range)
         join plugin p on p.slug = d.slug join package k on k.plugin_id = p.id and k.version = d.version`,
    [
      needs.map((it) => it.slug),
      needs.map((it) => it.version),
      needs.map((it) => it.need.slug),
      needs.map((it) => it.need.range),
    ],
  )
  const { rows } = await sql.query<{ id: string; organizationId: string }>(
    `with o as (insert into organization (id, slug, name, created_at) values (gen_random_uuid(), 'acme', 'Acme', now()) returning id)
     insert into site (id, organization_id, slug, name, host_version, created_at)
       select gen_random_uuid(), id, 'north', 'North', '2.0.0', now() from o returning id, organization_id as "organizationId"`,
  )
  await sql.query('analyze')
  return { ...rows[0]!, hostVersion: '2.0.0' }
}
