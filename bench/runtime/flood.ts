import type { ChildProcess } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { drawApiKey } from '../../src/auth/api-key.ts'
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres.ts'
import { createLog } from '../../src/platform/log.ts'
import { endServing, median, send, startServing, type Side } from '../serving.ts'
import { openLoop, percentile, type Latency } from './open-loop.ts'
import { prepareHooks, type Prepared } from './prepare.ts'

const SUBSCRIBED = 5
/** Calls a second of the plugin that loops. */
const ATTACK_RATE = 2
/** Of what it can carry. */
const LOAD = 0.3
/** Rounds of each kind, one after the other, so that what else the machine does meets both. */
const ROUNDS = 5
const ROUND_MS = 7000
const CONNECTIONS = 8

/**
 * `dispatchHook` over HTTP with five subscribed plugins: alone and while another organization's plugin loops for ever, in
 * turns; and when that one's circuit is open.
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
    const side = (caller: Prepared['calm'], name: string): Side => sideOf(started.child, url, caller, name)
    const calm = side(prepared.calm, 'north')
    await compare(calm, side(prepared.looping, 'loop'), side(prepared.looping, 'rest'))
  } finally {
    await endServing(children)
    await postgres.stop()
    await rm(directory, { recursive: true, force: true })
  }
}

function sideOf(child: ChildProcess, url: string, { key, siteId }: Prepared['calm'], name: string): Side {
  const query = `mutation ($input: DispatchHookInput!) { dispatchHook(input: $input) { results { value invocation { outcome } } userErrors { message } } }`
  const variables = { input: { siteId, hook: 'order_check', payload: { name } } }
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` }
  const body = JSON.stringify({ query, variables })
  return { name, child, url, path: '/graphql', body, headers, rates: [], cpu: [] }
}

async function compare(calm: Side, looping: Side, resting: Side): Promise<void> {
  await carries(calm)
  const alone = await carries(calm)
  const rate = LOAD * alone
  const without: Latency[] = []
  const during: Latency[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    without.push(await measure(calm, rate))
    during.push(await underAttack(looping, resting, () => measure(calm, rate)))
  }
  const carriedUnder = await underAttack(looping, resting, () => carries(calm))
  const attack = startAttack(looping)
  while (attack.refused() === 0) await pause(100)
  const open = await measure(calm, rate)
  const carriedOpen = await carries(calm)
  await attack.stop()
  const aloneAgain = await carries(calm)
  print('alone', [alone, aloneAgain], without)
  print('while it loops', [carriedUnder], during)
  print('its circuit open', [carriedOpen], [open])
  const ratios = during.map((it, n) => p99Of([it]) / p99Of([without[n]!]))
  const most = (alone + aloneAgain) / 2
  process.stdout.write(
    `p99 while it loops ${(p99Of(during) / p99Of(without)).toFixed(2)} times (at most 1.5), in a round ${median(ratios).toFixed(2)}; throughput ${(carriedUnder / most).toFixed(2)} (at least 0.5), then ${(carriedOpen / most).toFixed(2)} (at least 0.95)\n`,
  )
}

async function measure(side: Side, perSecond: number): Promise<Latency> {
  return await openLoop(side, perSecond, ROUND_MS, check)
}

/** Of all rounds together. */
function p99Of(rounds: readonly Latency[]): number {
  return percentile(
    rounds.flatMap(({ times }) => times),
    0.99,
  )
}

function print(what: string, perSecond: readonly number[], rounds: readonly Latency[]): void {
  const times = rounds.flatMap((it) => it.times)
  const carried = perSecond.map((it) => it.toFixed(0)).join(' and ')
  const each = rounds.map((it) => p99Of([it]).toFixed(0)).join(', ')
  const others = rounds.map(({ otherWork }) => otherWork?.toFixed(0) ?? '?').join(', ')
  process.stdout.write(
    `${what.padEnd(16)} carries ${carried}/s; at ${LOAD * 100}%: p50 ${percentile(times, 0.5).toFixed(1)} ms, p99 ${p99Of(rounds).toFixed(1)} ms of ${times.length} (by round ${each}; other work, % of a core ${others})\n`,
  )
}

/** Requests a second that are answered when eight are always on their way. */
async function carries(side: Side): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const began = performance.now()
  let answered = 0
  const work = async (): Promise<void> => {
    while (performance.now() - began < ROUND_MS) {
      check(await send(side, agent))
      answered += 1
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, work))
  agent.destroy()
  return answered / ((performance.now() - began) / 1000)
}

/** Measures while the plugin loops; afterwards it answers once, so that its failures never add up to an open circuit. */
async function underAttack<Measured>(
  looping: Side,
  resting: Side,
  work: () => Promise<Measured>,
): Promise<Measured> {
  const attack = startAttack(looping)
  const measured = await work()
  await attack.stop()
  if (attack.refused() > 0) throw new Error('Its circuit opened while it was to loop.')
  const agent = new Agent()
  const answer = await send(resting, agent)
  agent.destroy()
  if (!answer.includes('"OK"')) throw new Error(`It does not come to rest: ${answer}`)
  return measured
}

function startAttack(side: Side) {
  const agent = new Agent({ keepAlive: true })
  const all: Promise<void>[] = []
  let refused = 0
  const attack = (): void => {
    const sent = send(side, agent).then((answer) => {
      if (answer.includes('"DENIED"')) refused += 1
    })
    all.push(sent)
  }
  attack()
  const timer = setInterval(attack, 1000 / ATTACK_RATE)
  return {
    refused: () => refused,
    async stop() {
      clearInterval(timer)
      await Promise.all(all)
      agent.destroy()
    },
  }
}

function check(answer: string): void {
  if (answer.split('"OK"').length - 1 !== SUBSCRIBED) throw new Error(`Not what was expected: ${answer}`)
}
