import type { ChildProcess } from 'node:child_process'
import { access } from 'node:fs/promises'
import { Agent } from 'node:http'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { Client } from 'pg'
import { drawApiKey } from '../../src/auth/api-key.ts'
import { alternate, endServing, median, printSides, send, startServing, type Side } from '../serving.ts'
import { withDatabase, type BenchDatabase } from '../with-database.ts'
import { comparable, PATCHBAY, POSTGRAPHILE } from './queries.ts'
import { seed } from './seed.ts'

const ROUNDS = 7

/** The nested read by ours, by PostGraphile and by hand, in turn: requests a second and CPU time a request. */
export async function measureReads(): Promise<void> {
  await access(path.join(import.meta.dirname, '../node_modules/postgraphile')).catch(() => {
    throw new Error('PostGraphile is not installed here: run npm --prefix bench ci.')
  })
  await withDatabase(async (database) => {
    const children: ChildProcess[] = []
    try {
      const sides = await startSides(database, children)
      await compareAnswers(sides)
      await alternate(sides, ROUNDS)
      print(sides)
    } finally {
      await endServing(children)
    }
  })
}

/** Ours first; `children` is told of what it starts. */
async function startSides({ url, directory }: BenchDatabase, children: ChildProcess[]): Promise<Side[]> {
  const start = async (file: string, args: string[]): Promise<Pick<Side, 'child' | 'url'>> => {
    const started = startServing(`reads/${file}`, args)
    children.push(started.child)
    return { child: started.child, url: await started.url }
  }
  const adminKey = drawApiKey().secret
  const ours = await start('serve-patchbay.ts', [url, directory, adminKey])
  const json = { 'content-type': 'application/json' }
  const headers = { ...json, authorization: `Bearer ${await prepare(url, ours.url, adminKey)}` }
  const graphile = await start('serve-postgraphile.mjs', [url])
  const hand = await start('serve-by-hand.ts', [url])
  const measured = (): Pick<Side, 'rates' | 'cpu'> => ({ rates: [], cpu: [] })
  return [
    {
      name: 'Patchbay',
      ...ours,
      ...measured(),
      path: '/graphql',
      body: JSON.stringify({ query: PATCHBAY }),
      headers,
    },
    {
      name: 'PostGraphile',
      ...graphile,
      ...measured(),
      path: '/graphql',
      body: JSON.stringify({ query: POSTGRAPHILE }),
      headers: json,
    },
    { name: 'by hand', ...hand, ...measured(), path: '/', body: '{}', headers: json },
  ]
}

/** An organization through the graph, its rows by SQL, and the key of one of its viewers. */
export async function prepare(databaseUrl: string, url: string, adminKey: string): Promise<string> {
  const ask = async (query: string): Promise<Record<string, Record<string, never>>> => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${adminKey}` }
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query }),
    })
    return ((await response.json()) as { data: Record<string, Record<string, never>> }).data
  }
  const made = await ask(
    'mutation { createOrganization(input: { slug: "acme", name: "Acme" }) { organization { id } } }',
  )
  const { id } = made['createOrganization']!['organization']! as { id: string }
  const key = await ask(
    `mutation { createApiKey(input: { name: "viewer", role: VIEWER, organizationId: "${id}" }) { secret } }`,
  )
  const sql = new Client({ connectionString: databaseUrl })
  await sql.connect()
  await seed(sql, Buffer.from(id, 'base64').toString().split(':')[1]!)
  await sql.end()
  return String(key['createApiKey']!['secret'])
}

async function compareAnswers(sides: readonly Side[]): Promise<void> {
  const answers = await Promise.all(sides.map(async (side) => await send(side, new Agent())))
  const [first, ...others] = answers.map((text) => comparable(JSON.parse(text)))
  for (const [index, other] of others.entries()) {
    if (isDeepStrictEqual(first, other)) continue
    throw new Error(
      `${sides[index + 1]!.name} answers something else: ${answers[0]!.slice(0, 500)}\n${answers[index + 1]!.slice(0, 500)}`,
    )
  }
  process.stdout.write(`answers are the same; ${answers.map((text) => text.length).join(', ')} bytes\n`)
}

function print(sides: readonly Side[]): void {
  printSides(sides)
  const [ours, graphile] = sides
  const ratios = ours!.rates.map((rate, round) => rate / graphile!.rates[round]!)
  process.stdout.write(
    `Patchbay to PostGraphile, median of the rounds: ${median(ratios).toFixed(2)} (aim 0.42)\n`,
  )
}
