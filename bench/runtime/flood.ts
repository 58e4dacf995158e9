import { Agent } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { median, send, type Side } from '../serving.ts'
import { ATTACKERS, openCircuit, underAttack, whileRefused, type Refusals } from './attack.ts'
import { inPairs, type Pair } from './in-pairs.ts'
import { openLoop, percentile } from './open-loop.ts'
import { whileWatched, type Watched } from './other-work.ts'
import { calmPlugins, dispatchSide, place, type Caller } from './prepare.ts'
import { withServer } from './with-server.ts'

const SUBSCRIBED = 5
/** From one call of an attacker to its next, where that has ended: of one that has patience, and of one that has none. */
const PATIENT_MS = 1000
const IMPATIENT_MS = 0
/** Of what it can carry. */
const LOAD = 0.3
/** Rounds of each kind, one after the other, so that what else the machine does meets both. */
const ROUNDS = 12
const ROUND_MS = 7000
/** What is carried drifts by a tenth and more within a run, and by less from one of these to the next. */
const CARRY_MS = 3000
const PAIRS_LOOPING = 4
const PAIRS_OPEN = 8
const CONNECTIONS = 8

/** Milliseconds of each request. */
type Round = Watched<number[]>

/** Never ends, unless it is asked to. */
const LOOP = `import { definePlugin } from 'patchbay'
export default definePlugin({ hooks: { order_check(ctx, order) { while (order.name !== 'rest') {} } } })
`

/**
 * `dispatchHook` over HTTP with five subscribed plugins: alone and while another organization's plugin loops for ever, in
 * turns; then with that one's circuit open, its callers silent and calling on, in turns.
 */
export async function measureFlood(): Promise<void> {
  await withServer(async (child, url, adminKey) => {
    const calm = await place(url, adminKey, 'acme', calmPlugins(SUBSCRIBED))
    const looping = await place(url, adminKey, 'globex', [{ slug: 'looping', code: LOOP }])
    const side = (caller: Caller, name: string): Side =>
      dispatchSide({ child, url, ...caller }, 'order_check', { name })
    await compareLooping(side(calm, 'north'), side(looping, 'loop'), side(looping, 'rest'))
    await compareOpen(side(calm, 'north'), side(looping, 'loop'))
  })
}

async function compareLooping(calm: Side, looping: Side, resting: Side): Promise<void> {
  await carries(calm, ROUND_MS)
  const rateBefore = LOAD * (await carries(calm, ROUND_MS))
  await underAttack(looping, resting, PATIENT_MS, () => measure(calm, rateBefore))
  const rate = LOAD * (await carries(calm, ROUND_MS))
  const without: Round[] = []
  const during: Round[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    without.push(await whileWatched(() => measure(calm, rate)))
    during.push(
      await whileWatched(() => underAttack(looping, resting, PATIENT_MS, () => measure(calm, rate))),
    )
  }
  print('alone', without)
  print('while it loops', during)
  const ratios = during.map((it, n) => p99Of([it]) / p99Of([without[n]!]))
  process.stdout.write(
    `p99 while it loops ${(p99Of(during) / p99Of(without)).toFixed(2)} times (at most 1.5), in a round ${median(ratios).toFixed(2)}\n`,
  )
  const carried = async (): Promise<number> => await carries(calm, CARRY_MS)
  const pairs = await inPairs(PAIRS_LOOPING, carried, () =>
    underAttack(looping, resting, PATIENT_MS, carried),
  )
  printPairs('while it loops', pairs, 'at least 0.5')
}

async function compareOpen(calm: Side, looping: Side): Promise<void> {
  const carried = async (): Promise<number> => await carries(calm, CARRY_MS)
  await openCircuit(looping)
  for (const [everyMs, atLeast] of [
    [PATIENT_MS, 'at least 0.95'],
    [IMPATIENT_MS, 'no limit'],
  ] as const) {
    const all: Refusals[] = []
    const pairs = await inPairs(PAIRS_OPEN, carried, async () => {
      const { measured, refusals } = await whileRefused(looping, everyMs, carried)
      all.push(refusals)
      return measured
    })
    const refused = median(all.map(({ perSecond }) => perSecond)).toFixed(1)
    const how = everyMs === PATIENT_MS ? 'once a second each' : 'without pause'
    printPairs(`its circuit open, ${ATTACKERS} call ${how} (${refused} refusals/s)`, pairs, atLeast)
  }
  const { refusals } = await whileRefused(looping, IMPATIENT_MS, () => pause(CARRY_MS))
  process.stdout.write(
    `a refusal takes ${refusals.cpuEach.toFixed(2)} ms of the server's CPU where ${ATTACKERS} call without pause and nobody else does (${refusals.perSecond.toFixed(0)}/s)\n`,
  )
}

async function measure(side: Side, perSecond: number): Promise<number[]> {
  return await openLoop(side, perSecond, ROUND_MS, check)
}

/** Of all rounds together. */
function p99Of(rounds: readonly Round[]): number {
  return percentile(
    rounds.flatMap(({ measured }) => measured),
    0.99,
  )
}

function print(what: string, rounds: readonly Round[]): void {
  const times = rounds.flatMap(({ measured }) => measured)
  const each = rounds.map((it) => p99Of([it]).toFixed(0)).join(', ')
  const others = rounds.map(({ otherWork }) => otherWork?.toFixed(0) ?? '?').join(', ')
  process.stdout.write(
    `${what.padEnd(16)} at ${LOAD * 100}%: p50 ${percentile(times, 0.5).toFixed(1)} ms, p99 ${p99Of(rounds).toFixed(1)} ms of ${times.length} (by round ${each}; other work, % of a core ${others})\n`,
  )
}

function printPairs(what: string, pairs: readonly Pair[], limit: string): void {
  const ratios = pairs.map((it) => it.with / it.without)
  const rates = `${median(pairs.map((it) => it.with)).toFixed(0)}/s against ${median(pairs.map((it) => it.without)).toFixed(0)}/s`
  const each = ratios.map((it) => it.toFixed(2)).join(', ')
  process.stdout.write(
    `${what}: throughput ${middle(ratios).toFixed(3)} (${limit}), ${rates}; by pair ${each}\n`,
  )
}

/** Of an even number: between the two in the middle. */
function middle(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  return (sorted[half - 1]! + sorted[half]!) / 2
}

/** Requests a second that are answered when eight are always on their way. */
async function carries(side: Side, forMs: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const began = performance.now()
  let answered = 0
  const work = async (): Promise<void> => {
    while (performance.now() - began < forMs) {
      check(await send(side, agent))
      answered += 1
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, work))
  agent.destroy()
  return answered / ((performance.now() - began) / 1000)
}

function check(answer: string): void {
  if (answer.split('"OK"').length - 1 !== SUBSCRIBED) throw new Error(`Not what was expected: ${answer}`)
}
