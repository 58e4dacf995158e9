import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { access, chmod, mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { Client } from 'pg'
import { drawApiKey } from '../../src/auth/api-key.ts'
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres.ts'
import { createLog } from '../../src/platform/log.ts'
import { comparable, PATCHBAY, POSTGRAPHILE } from './queries.ts'
import { seed } from './seed.ts'

const CONNECTIONS = 8
const ROUNDS = 7
const ROUND_MS = 3000

/** A server that is measured. */
interface Side {
  name: string
  child: ChildProcess
  url: string
  path: string
  body: string
  headers: Record<string, string>
  /** Requests a second, one for each round. */
  rates: number[]
  /** Milliseconds of CPU of the server's process a request, one for each round. */
  cpu: number[]
}

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
  const startSide = async (file: string, args: string[]): Promise<Started> => {
    const started = start(file, args)
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
    for (let round = -1; round < ROUNDS; round += 1) {
      // Each is first in its turn.
      for (let turn = 0; turn < sides.length; turn += 1) {
        const side = sides[(turn + round + sides.length) % sides.length]!
        await measureRound(side, round < 0)
      }
    }
    print(sides)
  } finally {
    for (const child of children) if (child.connected) child.disconnect()
    const alive = children.filter(({ exitCode }) => exitCode === null)
    await Promise.all(alive.map((child) => once(child, 'exit')))
    await postgres.stop()
    await rm(directory, { recursive: true, force: true })
  }
}

type Started = Pick<Side, 'child' | 'url'>

function start(file: string, args: string[]): { child: ChildProcess; url: Promise<string> } {
  const child = fork(path.join(import.meta.dirname, file), args, {
    env: { ...process.env, NODE_ENV: 'production', GRAPHILE_ENV: 'production' },
  })
  const url = Promise.race([
    once(child, 'message').then(([told]) => (told as { url: string }).url),
    once(child, 'exit').then(() => {
      throw new Error(`${file} did not start.`)
    }),
  ])
  return { child, url }
}

/** An organization through the graph, its rows by SQL, and the key of one of its viewers. */
async function prepare(databaseUrl: string, url: string, adminKey: string): Promise<string> {
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

async function measureRound(side: Side, warmUp: boolean): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const cpuBefore = await cpuOf(side)
  const began = performance.now()
  let answered = 0
  const work = async (): Promise<void> => {
    while (performance.now() - began < ROUND_MS) {
      await send(side, agent)
      answered += 1
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, work))
  const seconds = (performance.now() - began) / 1000
  agent.destroy()
  if (warmUp) return
  side.rates.push(answered / seconds)
  side.cpu.push(((await cpuOf(side)) - cpuBefore) / answered)
}

async function cpuOf({ child }: Side): Promise<number> {
  child.send('usage')
  const [told] = (await once(child, 'message')) as [{ cpuMs: number }]
  return told.cpuMs
}

async function send({ url, path: route, body, headers }: Side, agent: Agent): Promise<string> {
  return await new Promise((resolve, reject) => {
    const sent = request(`${url}${route}`, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve(Buffer.concat(chunks).toString()))
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

function print(sides: readonly Side[]): void {
  const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!
  for (const { name, rates, cpu } of sides) {
    const range = `${Math.min(...rates).toFixed(0)} to ${Math.max(...rates).toFixed(0)}`
    process.stdout.write(
      `${name.padEnd(13)} ${median(rates).toFixed(0).padStart(5)} requests/s (${range}), ${median(cpu).toFixed(2)} ms CPU of the server a request\n`,
    )
  }
  const [ours, graphile] = sides
  const ratios = ours!.rates.map((rate, round) => rate / graphile!.rates[round]!)
  process.stdout.write(
    `Patchbay to PostGraphile, median of the rounds: ${median(ratios).toFixed(2)} (aim 0.42)\n`,
  )
}
