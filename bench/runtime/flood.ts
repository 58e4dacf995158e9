import { Agent } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { median, send, type Side } from '../serving.ts'
import { openLoop, percentile, type Latency } from './open-loop.ts'
import { calmPlugins, dispatchSide, place, type Caller } from './prepare.ts'
import { withServer } from './with-server.ts'

const SUBSCRIBED = 5
/** Calls of the plugin that loops, at once. Each is made anew when it has ended, and at most every second. */
const ATTACKERS = 2
const ATTACK_EVERY_MS = 1000
/** After an attack, so that what is left of it is not measured as what comes without it. */
const SETTLE_MS = 1000
/** Of what it can carry. */
const LOAD = 0.3
/** Rounds of each kind, one after the other, so that what else the machine does meets both. */
const ROUNDS = 5
const ROUND_MS = 7000
const CONNECTIONS = 8

/** Never ends, unless it is asked to. */
const LOOP = `import { definePlugin } from 'patchbay'
export default definePlugin({ hooks: { order_check(ctx, order) { while (order.name !== 'rest') {} } } })
`

/**
 * `dispatchHook` over HTTP with five subscribed plugins: alone and while another organization's plugin loops for ever, in
 * turns; and when that one's circuit is open.
 */
export async function measureFlood(): Promise<void> {
  await withServer(async (child, url, adminKey) => {
    const calm = await place(url, adminKey, 'acme', calmPlugins(SUBSCRIBED))
    const looping = await place(url, adminKey, 'globex', [{ slug: 'looping', code: LOOP }])
    const side = (caller: Caller, name: string): Side =>
      dispatchSide({ child, url, ...caller }, 'order_check', { name })
    await compare(side(calm, 'north'), side(looping, 'loop'), side(looping, 'rest'))
  })
}

async function compare(calm: Side, looping: Side, resting: Side): Promise<void> {
  await carries(calm)
  const rateBefore = LOAD * (await carries(calm))
  await underAttack(looping, resting, () => measure(calm, rateBefore))
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
  await pause(SETTLE_MS)
  return measured
}

function startAttack(side: Side) {
  const agent = new Agent({ keepAlive: true })
  let refused = 0
  let going = true
  const attack = async (): Promise<void> => {
    while (going) {
      const [answer] = await Promise.all([send(side, agent), pause(ATTACK_EVERY_MS)])
      if (answer.includes('"DENIED"')) refused += 1
    }
  }
  const all = Array.from({ length: ATTACKERS }, attack)
  return {
    refused: () => refused,
    async stop() {
      going = false
      await Promise.all(all)
      agent.destroy()
    },
  }
}

function check(answer: string): void {
  if (answer.split('"OK"').length - 1 !== SUBSCRIBED) throw new Error(`Not what was expected: ${answer}`)
}
