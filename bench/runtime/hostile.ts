import { Agent } from 'node:http'
import { median, send, type Side } from '../serving.ts'
import { HOSTILE_CLASSES, HOSTILE_PLUGINS, type HostileClass } from './hostile-plugins.ts'
import { openLoop, percentile } from './open-loop.ts'
import { whileWatched, type Watched } from './other-work.ts'
import { calmPlugins, dispatchSide, graphSide, place, type Caller } from './prepare.ts'
import { withServer } from './with-server.ts'

/** Of each kind of request, a second: about a fifth of what two cores carry. */
const QUERIES = 40
const HOOKS = 20
/** What an attack's first calls cost is known to nobody yet: they are to be some of it, and not most. */
const ROUND_MS = 30_000
const ROUNDS = 1

/** What each class of hostile program does to the requests of another organization. */
export async function measureHostile(): Promise<void> {
  await withServer(async (child, url, adminKey) => {
    const calm = await place(url, adminKey, 'acme', calmPlugins(1))
    const attacker = await place(url, adminKey, 'globex', HOSTILE_PLUGINS)
    const server = { child, url }
    const query = `query ($id: ID!) { node(id: $id) { ... on Site { slug name installations(first: 5) { nodes { id status } } } } }`
    const sides: Calm = {
      query: graphSide({ ...server, ...calm }, query, { id: calm.siteId }),
      hook: dispatchSide({ ...server, ...calm }, 'order_check', { name: 'north' }),
    }
    await askBoth(sides, ROUND_MS)
    const found: Finding[] = []
    for (const hostile of HOSTILE_CLASSES) found.push(await measureClass(sides, server, attacker, hostile))
    found.sort((a, b) => b.ratio - a.ratio)
    for (const it of found) print(it)
    const worst = found[0]!
    process.stdout.write(
      `worst: ${worst.ratio.toFixed(2)} times (at most 2), by ${worst.name}; median of the classes ${median(found.map(({ ratio }) => ratio)).toFixed(2)}\n`,
    )
  })
}

interface Calm {
  query: Side
  hook: Side
}

/** Milliseconds of each request. */
interface Times {
  query: number[]
  hook: number[]
}

interface Latencies extends Times {
  otherWork: number[]
}

interface Finding {
  name: string
  before: Latencies
  during: Latencies
  /** The greater of the two kinds of requests', of their p99. */
  ratio: number
  attack: Attacked
}

async function measureClass(
  calm: Calm,
  server: Pick<Side, 'child' | 'url'>,
  attacker: Caller,
  hostile: HostileClass,
): Promise<Finding> {
  const before: Latencies = { query: [], hook: [], otherWork: [] }
  const during: Latencies = { query: [], hook: [], otherWork: [] }
  const attack: Attacked = { calls: 0, others: 0, longestMs: 0 }
  const sideOf = (program: string): Side =>
    dispatchSide({ ...server, ...attacker }, hostile.hook, { program })
  for (let round = 0; round < ROUNDS; round += 1) {
    add(before, await whileWatched(() => askBoth(calm, ROUND_MS)))
    add(
      during,
      await whileWatched(async () => {
        let going = true
        const attackers = Array.from({ length: hostile.atOnce }, () =>
          attackOn(hostile, sideOf, attack, () => going),
        )
        const times = await askBoth(calm, ROUND_MS)
        going = false
        await Promise.all(attackers)
        return times
      }),
    )
  }
  const ratio = (kind: 'query' | 'hook'): number =>
    percentile(during[kind], 0.99) / percentile(before[kind], 0.99)
  return { name: hostile.name, before, during, ratio: Math.max(ratio('query'), ratio('hook')), attack }
}

interface Attacked {
  calls: number
  /** That ended otherwise than they were to. */
  others: number
  longestMs: number
}

/** One program after the other; in between it answers once, so that its failures never add up to an open circuit. */
async function attackOn(
  { programs, outcome }: HostileClass,
  sideOf: (program: string) => Side,
  attack: Attacked,
  isGoing: () => boolean,
): Promise<void> {
  const agent = new Agent({ keepAlive: true })
  const rest = sideOf('rest')
  for (let n = attack.calls; isGoing(); n += 1) {
    const began = performance.now()
    const answer = await send(sideOf(programs[n % programs.length]!), agent)
    attack.calls += 1
    attack.longestMs = Math.max(attack.longestMs, performance.now() - began)
    if (!answer.includes(`"${outcome}"`)) attack.others += 1
    if (outcome !== 'OK') await send(rest, agent)
  }
  agent.destroy()
}

async function askBoth(calm: Calm, forMs: number): Promise<Times> {
  const check = (answer: string): void => {
    if (answer.includes('"errors"') || !/"OK"|"ACTIVE"/.test(answer)) throw new Error(answer)
  }
  const [query, hook] = await Promise.all([
    openLoop(calm.query, QUERIES, forMs, check),
    openLoop(calm.hook, HOOKS, forMs, check),
  ])
  return { query, hook }
}

function add(all: Latencies, { measured, otherWork }: Watched<Times>): void {
  all.query.push(...measured.query)
  all.hook.push(...measured.hook)
  all.otherWork.push(otherWork ?? NaN)
}

function print({ name, before, during, ratio, attack }: Finding): void {
  const p99 = (kind: 'query' | 'hook'): string =>
    `${kind} ${percentile(before[kind], 0.99).toFixed(0)} then ${percentile(during[kind], 0.99).toFixed(0)} ms`
  const others = [...before.otherWork, ...during.otherWork].map((it) => it.toFixed(0)).join(', ')
  process.stdout.write(
    `${ratio.toFixed(2)} times  ${name}: p99 of a ${p99('query')}, of a ${p99('hook')}; ${attack.calls} calls, longest ${attack.longestMs.toFixed(0)} ms, ${attack.others} with another outcome; other work, % of a core ${others}\n`,
  )
}
