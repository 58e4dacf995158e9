import { Agent } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { cpuOf, send, type Side } from '../serving.ts'

/** Callers of the plugin that loops, each with one call at a time. */
export const ATTACKERS = 2
/** After an attack, so that what is left of it is not measured as what comes without it. */
const SETTLE_MS = 1000
/** Opens a circuit: more than five calls of five seconds, two at a time. */
const OPENS_WITHIN_MS = 60_000

/** What came of calls that an open circuit refused. */
export interface Refusals {
  perSecond: number
  /** Milliseconds of CPU of the server, where nothing else calls it. */
  cpuEach: number
}

/** Measures while the plugin loops; afterwards it answers once, so that its failures never add up to an open circuit. */
export async function underAttack<Measured>(
  looping: Side,
  resting: Side,
  everyMs: number,
  work: () => Promise<Measured>,
): Promise<Measured> {
  const attack = startAttack(looping, everyMs)
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

/** Calls it until its circuit is open. */
export async function openCircuit(looping: Side): Promise<void> {
  const attack = startAttack(looping, SETTLE_MS)
  for (let waited = 0; attack.refused() === 0 && waited < OPENS_WITHIN_MS; waited += 100) await pause(100)
  await attack.stop()
  if (attack.refused() === 0) throw new Error('Its circuit does not open.')
}

/** Measures while its circuit is open and its callers call on. */
export async function whileRefused<Measured>(
  looping: Side,
  everyMs: number,
  work: () => Promise<Measured>,
): Promise<{ measured: Measured; refusals: Refusals }> {
  const attack = startAttack(looping, everyMs)
  const cpuBefore = await cpuOf(looping)
  const began = performance.now()
  const measured = await work()
  const refused = attack.refused()
  const perSecond = refused / ((performance.now() - began) / 1000)
  const cpuEach = ((await cpuOf(looping)) - cpuBefore) / refused
  await attack.stop()
  if (refused === 0) throw new Error('Its circuit is not open.')
  return { measured, refusals: { perSecond, cpuEach } }
}

/** Each call is made anew when it has ended, and at most so often. */
function startAttack(side: Side, everyMs: number) {
  const agent = new Agent({ keepAlive: true })
  let refused = 0
  let going = true
  const attack = async (): Promise<void> => {
    while (going) {
      const [answer] = await Promise.all([send(side, agent), pause(everyMs)])
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
