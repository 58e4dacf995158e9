import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import path from 'node:path'

const CONNECTIONS = 8
const ROUND_MS = 3000

/** A server that is measured. */
export interface Side {
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

/** A process that serves, started from a file of this folder. */
export function startServing(file: string, args: string[]): { child: ChildProcess; url: Promise<string> } {
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

/** Ends what was started; each ends by itself when nobody holds its channel. */
export async function endServing(children: readonly ChildProcess[]): Promise<void> {
  for (const child of children) if (child.connected) child.disconnect()
  const alive = children.filter(({ exitCode }) => exitCode === null)
  await Promise.all(alive.map((child) => once(child, 'exit')))
}

/** Requests over several connections for some seconds; what a warm-up measured is not kept. */
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

/** Milliseconds of CPU that its process has used. */
export async function cpuOf({ child }: Pick<Side, 'child'>): Promise<number> {
  child.send('usage')
  const [told] = (await once(child, 'message')) as [{ cpuMs: number }]
  return told.cpuMs
}

/** The text of one answer. */
export async function send({ url, path: route, body, headers }: Side, agent: Agent): Promise<string> {
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

/** Rounds in which each side is first in its turn, after one to warm up. */
export async function alternate(sides: readonly Side[], rounds: number): Promise<void> {
  for (let round = -1; round < rounds; round += 1) {
    for (let turn = 0; turn < sides.length; turn += 1) {
      await measureRound(sides[(turn + round + sides.length) % sides.length]!, round < 0)
    }
  }
}

/** Their numbers, a line each. */
export function printSides(sides: readonly Side[]): void {
  for (const { name, rates, cpu } of sides) {
    const range = `${Math.min(...rates).toFixed(0)} to ${Math.max(...rates).toFixed(0)}`
    process.stdout.write(
      `${name.padEnd(13)} ${median(rates).toFixed(0).padStart(5)} requests/s (${range}), ${median(cpu).toFixed(2)} ms CPU of the server a request\n`,
    )
  }
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}
