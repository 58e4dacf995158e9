import type { ChildProcess } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { drawApiKey } from '../../src/auth/api-key.ts'
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres.ts'
import { createLog } from '../../src/platform/log.ts'
import { endServing, send, startServing, type Side } from '../serving.ts'
import { prepareHooks, type Prepared } from './prepare.ts'

const SUBSCRIBED = 5
/** Calls a second of the plugin that loops. */
const ATTACK_RATE = 2
/** Of what it can carry. */
const LOAD = 0.3
const ROUND_MS = 8000
const CONNECTIONS = 8

/**
 * `dispatchHook` over HTTP with five subscribed plugins, alone, while another organization's plugin loops for ever, and
 * when that one's circuit is open.
 */
export async function measureFlood(): Promise<void> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'patchbay-bench-'))
  await chmod(directory, 0o711)
  const postgres = await startEmbeddedPostgres({ directory, log: createLog('error') })
  const children: ChildProcess[] = []
  try {
    const adminKey = drawApiKey().secret
    const started = startServing('reads/serve-patchbay.ts', [postgres.url, directory, adminKey])
    children.push(started.child)
    const url = await started.url
    const prepared = await prepareHooks(url, adminKey, SUBSCRIBED)
    await compare(sideOf(started.child, url, prepared.calm), sideOf(started.child, url, prepared.looping))
  } finally {
    await endServing(children)
    await postgres.stop()
    await rm(directory, { recursive: true, force: true })
  }
}

function sideOf(child: ChildProcess, url: string, { key, siteId }: Prepared['calm']): Side {
  const query = `mutation ($input: DispatchHookInput!) { dispatchHook(input: $input) { results { value invocation { outcome } } userErrors { message } } }`
  const variables = { input: { siteId, hook: 'order_check', payload: { name: 'north' } } }
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` }
  const body = JSON.stringify({ query, variables })
  return { name: '', child, url, path: '/graphql', body, headers, rates: [], cpu: [] }
}

async function compare(calm: Side, looping: Side): Promise<void> {
  await carries(calm)
  const alone = await carries(calm)
  const rate = LOAD * alone
  const before = await openLoop(calm, rate)
  const attack = startAttack(looping)
  await pause(1000)
  const under = await openLoop(calm, rate)
  const carriedUnder = await carries(calm)
  const refusedEarly = attack.refused()
  while (attack.refused() === 0) await pause(100)
  const after = await openLoop(calm, rate)
  const carriedAfter = await carries(calm)
  await attack.stop()
  const aloneAgain = await carries(calm)
  const again = await openLoop(calm, rate)
  const most = (alone + aloneAgain) / 2
  print('alone', alone, before)
  print(`while it loops${refusedEarly > 0 ? ' (its circuit opened meanwhile)' : ''}`, carriedUnder, under)
  print('its circuit open', carriedAfter, after)
  print('alone again', aloneAgain, again)
  const p99 = (before.p99 + again.p99) / 2
  process.stdout.write(
    `p99 while it loops ${(under.p99 / p99).toFixed(2)} times (at most 1.5); throughput ${(carriedUnder / most).toFixed(2)} (at least 0.5), then ${(carriedAfter / most).toFixed(2)} (at least 0.95)\n`,
  )
}

interface Latency {
  p50: number
  p99: number
  sent: number
}

function print(what: string, perSecond: number, { p50, p99, sent }: Latency): void {
  process.stdout.write(
    `${what.padEnd(18)} carries ${perSecond.toFixed(0)}/s; at ${LOAD * 100}%: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms of ${sent}\n`,
  )
}

/** Requests a second that are answered when eight are always on their way. */
async function carries(side: Side): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const began = performance.now()
  let answered = 0
  const work = async (): Promise<void> => {
    while (performance.now() - began < ROUND_MS) {
      check(await send(side, agent), SUBSCRIBED)
      answered += 1
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, work))
  agent.destroy()
  return answered / ((performance.now() - began) / 1000)
}

/** Sends at a steady rate whatever comes back, and measures from when each was due. */
async function openLoop(side: Side, perSecond: number): Promise<Latency> {
  const agent = new Agent({ keepAlive: true })
  const times: number[] = []
  const began = performance.now()
  const all: Promise<void>[] = []
  for (let n = 0; ; n += 1) {
    const due = began + (n * 1000) / perSecond
    if (due - began > ROUND_MS) break
    await pause(Math.max(0, due - performance.now()))
    all.push(
      send(side, agent).then((answer) => {
        check(answer, SUBSCRIBED)
        times.push(performance.now() - due)
      }),
    )
  }
  await Promise.all(all)
  agent.destroy()
  times.sort((a, b) => a - b)
  return { p50: times[times.length >> 1]!, p99: times[Math.floor(times.length * 0.99)]!, sent: times.length }
}

function startAttack(side: Side) {
  const agent = new Agent({ keepAlive: true })
  const all: Promise<void>[] = []
  let refused = 0
  const timer = setInterval(() => {
    const sent = send(side, agent).then((answer) => {
      if (answer.includes('"DENIED"')) refused += 1
    })
    all.push(sent)
  }, 1000 / ATTACK_RATE)
  return {
    refused: () => refused,
    async stop() {
      clearInterval(timer)
      await Promise.all(all)
      agent.destroy()
    },
  }
}

function check(answer: string, plugins: number): void {
  if (answer.split('"OK"').length - 1 !== plugins) throw new Error(`Not what was expected: ${answer}`)
}
