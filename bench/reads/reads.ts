import type { ChildProcess } from 'node:child_process'
import { access, chmod, mkdtemp, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { Client } from 'pg'
import { drawApiKey } from '../../src/auth/api-key.ts'
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres.ts'
import { createLog } from '../../src/platform/log.ts'
import { alternate, endServing, median, printSides, send, startServing, type Side } from '../serving.ts'
import { comparable, PATCHBAY, POSTGRAPHILE } from './queries.ts'
import { seed } from './seed.ts'

const ROUNDS = 7

/** The nested read by ours, by PostGraphile and by hand, in turn: requests a second and CPU time a request. */
export async function measureReads(): Promise<void> {
  await access(path.join(import.meta.dirname, '../node_modules/postgraphile')).catch(() => {
    throw new Error('PostGraphile is not installed here: run npm --prefix bench ci.')
  })
  const directory = await mkdtemp(path.join(os.tmpdir(), 'patchbay-bench-'))
  await chmod(directory, 0o711)
  const postgres = await startEmbeddedPostgres({ directory, log: createLog('error') })
  const children: ChildProcess[] = []
  const sides: Side[] = []
  const startSide = async (file: string, args: string[]): Promise<Pick<Side, 'child' | 'url'>> => {
    const started = startServing(`reads/${file}`, args)
    children.push(started.child)
    return { child: started.child, url: await started.url }
  }
  try {
    const adminKey = drawApiKey().secret
    const ours = await startSide('serve-patchbay.ts', [postgres.url, directory, adminKey])
    const key = await prepare(postgres.url, ours.url, adminKey)
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` }
    const json = { 'content-type': 'application/json' }
    const graphile = await startSide('serve-postgraphile.mjs', [postgres.url])
    const hand = await startSide('serve-by-hand.ts', [postgres.url])
    const body = (query: string): string => JSON.stringify({ query })
    sides.push(
      { name: 'Patchbay', ...ours, path: '/graphql', body: body(PATCHBAY), headers, rates: [], cpu: [] },
      {
        name: 'PostGraphile',
        ...graphile,
        path: '/graphql',
        body: body(POSTGRAPHILE),
        headers: json,
        rates: [],
        cpu: [],
      },
      { name: 'by hand', ...hand, path: '/', body: '{}', headers: json, rates: [], cpu: [] },
    )
    await compareAnswers(sides)
    await alternate(sides, ROUNDS)
    print(sides)
  } finally {
    await endServing(children)
    await postgres.stop()
    await rm(directory, { recursive: true, force: true })
  }
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
