import type { ChildProcess } from 'node:child_process'
import { Agent } from 'node:http'
import { Client } from 'pg'
import { drawApiKey } from '../../src/auth/api-key.ts'
import { PATCHBAY } from '../reads/queries.ts'
import { prepare } from '../reads/reads.ts'
import { alternate, endServing, median, printSides, send, startServing, type Side } from '../serving.ts'
import { withDatabase, type BenchDatabase } from '../with-database.ts'
import { seedTenants } from './seed-tenants.ts'

const ROUNDS = 7

/** Each gives the viewer of the organization what it gives whoever may see everything. */
const QUERIES: Readonly<Record<string, string>> = {
  'the nested read': PATCHBAY,
  'a page of 20 installations': `query { site(organization: "acme", slug: "site-1") { name
    installations(first: 20) { nodes { id status version errorCount plugin { slug name } } } } }`,
  'one site': 'query { site(organization: "acme", slug: "site-1") { id name hostVersion } }',
}

/**
 * What authorising costs: the same server asked by a viewer of one organization among 501, and, in another process, by
 * the platform's administrator, for whom every policy is `{}` and whose key is looked up for the first request only.
 */
export async function measureAuthorization(): Promise<void> {
  await withDatabase(async (database) => {
    const children: ChildProcess[] = []
    try {
      await measure(database, children)
    } finally {
      await endServing(children)
    }
  })
}

/** `children` is told of what it starts. */
async function measure({ url, directory }: BenchDatabase, children: ChildProcess[]): Promise<void> {
  const adminKey = drawApiKey().secret
  const serve = async (...rest: string[]): Promise<Pick<Side, 'child' | 'url'>> => {
    const started = startServing('reads/serve-patchbay.ts', [url, directory, adminKey, ...rest])
    children.push(started.child)
    return { child: started.child, url: await started.url }
  }
  const guarded = await serve()
  const viewerKey = await prepare(url, guarded.url, adminKey)
  const sql = new Client({ connectionString: url })
  await sql.connect()
  await seedTenants(sql)
  await sql.end()
  const open = await serve('remember-keys')
  for (const [name, query] of Object.entries(QUERIES)) {
    const side = (title: string, server: Pick<Side, 'child' | 'url'>, key: string): Side => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` }
      const body = JSON.stringify({ query })
      return { name: title, ...server, path: '/graphql', body, headers, rates: [], cpu: [] }
    }
    await compare(name, [side('authorised', guarded, viewerKey), side('unguarded', open, adminKey)])
  }
}

async function compare(name: string, sides: readonly [Side, Side]): Promise<void> {
  const [ours, open] = sides
  const [first, second] = [await send(ours, new Agent()), await send(open, new Agent())]
  if (first !== second) throw new Error(`The answers differ: ${first.slice(0, 300)}\n${second.slice(0, 300)}`)
  await alternate(sides, ROUNDS)
  process.stdout.write(`${name}, ${first.length} bytes\n`)
  printSides(sides)
  const rates = ours.rates.map((rate, round) => rate / open.rates[round]!)
  const cpu = ours.cpu.map((ms, round) => open.cpu[round]! / ms)
  process.stdout.write(
    `authorised to unguarded, medians of the rounds: ${median(rates).toFixed(2)} of the requests/s (aim 0.85); by CPU time ${median(cpu).toFixed(2)}\n`,
  )
}
