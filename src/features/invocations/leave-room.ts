import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import type { App } from '../../app.ts'
import { createFairSlots, SlotsBusyError, type FairSlots } from '../../lib/fair-slots.ts'
import { MiB } from '../../lib/units.ts'
import type { CallPace, PluginResult } from '../../runtime/plugin-call.ts'
import { LoopAccounts } from './loop-account.ts'
import { Pioneers } from './pioneers.ts'
import type { Target } from './target.ts'

/** Milliseconds of the loop, measured: a call of the host, a MiB of its input where it is served, and where it is refused. */
const MS_OF_HOST_CALL = 0.3
const MS_OF_MIB = 15
const MS_OF_REFUSED_MIB = 2
/** A MiB of log lines and their row. */
const MS_OF_LOGGED_MIB = 20
/** A process that is killed, and the start of its successor, which takes a core for 100 ms. */
const MS_OF_KILL = 60
/** What a call may cost besides: ordinary ones never count. */
const ORDINARY_MS = 5

/** Of a call's time limit, from its begin: as long its calls of the host may be made to wait. */
const WAITING_PART = 0.5
/** What a call may be told later than its time limit: half of the second within which each is told. */
const TOLD_LATER_MS = 500

/** Calls of a costly installation that may be under way or told later at once: their results stay in memory so long. */
const COSTLY_AT_ONCE = { places: Infinity, each: 2, waiting: 100 }

/** One invocation, and the room that it leaves to others on the event loop of this process. */
export interface Room {
  /** Too much of its installation waits already: it must not begin. */
  isFull: boolean
  /** Its calls of the host, and large results, wait for the organization's next turn. */
  pace: CallPace
  /** When it has ended, before anything of it is written or told. */
  beforeItIsKept: (result: PluginResult) => Promise<void>
}

interface Shares {
  accounts: LoopAccounts
  costly: FairSlots
  pioneers: Pioneers
}

const shares = new WeakMap<App, Shares>()

/**
 * While others ask this process for something, an organization whose calls cost its event loop much (hundreds of host calls, megabytes,
 * processes that are killed) leaves it to them for a while, the longer the more it took lately: callers that never pause would keep
 * each step of all others waiting. Its calls of the host are spread over a part of their invocation's time, what came of it is kept and told later, and of
 * the same installation only some begin meanwhile. Of an installation that nobody called of late one call goes ahead. What is called within another call never waits, since that one's time runs on: it
 * is only put down to the organization.
 */
export async function inRoom<T>(
  app: App,
  { id, organizationId }: Pick<Target, 'id' | 'organizationId'>,
  { timeoutMs, isNested }: { timeoutMs: number; isNested: boolean },
  work: (room: Room) => Promise<T>,
): Promise<T> {
  const { accounts, costly, pioneers } = sharesOf(app)
  const isCrowded = (): boolean => !app.stopping.aborted && app.asking.othersAsk(organizationId)
  let spent = 0
  let inputBytes = 0
  const charge = (costMs: number): void => {
    const before = spent > ORDINARY_MS ? spent : 0
    spent += costMs
    if (spent > ORDINARY_MS) accounts.charge({ organizationId, by: id }, spent - before)
  }
  let latest = Infinity
  const room: Room = {
    isFull: false,
    pace: {
      before(bytes, signal) {
        inputBytes += bytes
        if (!isCrowded()) return undefined
        // What it costs where it is served decides when it has its turn; so much is put down to it only when it was.
        const costMs = MS_OF_HOST_CALL + (bytes / MiB) * MS_OF_MIB
        charge(MS_OF_HOST_CALL + (bytes / MiB) * MS_OF_REFUSED_MIB)
        if (isNested || spent + costMs <= ORDINARY_MS) return undefined
        const waitMs = Math.min(accounts.untilTurnMs(organizationId, costMs), latest - performance.now())
        return waitMs <= 0 ? undefined : pause(waitMs, undefined, signal && { signal })
      },
      served(bytes) {
        if (isCrowded()) charge((bytes / MiB) * (MS_OF_MIB - MS_OF_REFUSED_MIB))
      },
    },
    async beforeItIsKept(result) {
      if (!isCrowded()) return
      charge(costOfEnd(result, inputBytes))
      costIsKnown()
      const waitMs = Math.min(accounts.owedMs(organizationId), timeoutMs + TOLD_LATER_MS - result.durationMs)
      if (isNested || spent <= ORDINARY_MS || waitMs <= 0) return
      await pause(waitMs, undefined, { signal: app.stopping }).catch(() => undefined)
    },
  }
  let hasBegun = false
  let costIsKnown = (): void => undefined
  const begin = async (): Promise<T> => {
    hasBegun = true
    costIsKnown = pioneers.goAhead(id)
    latest = performance.now() + WAITING_PART * timeoutMs
    try {
      return await work(room)
    } finally {
      costIsKnown()
    }
  }
  const turn = !isNested && isCrowded() ? pioneers.turnOf(id) : undefined
  if (turn !== undefined) await turn
  if (isNested || app.stopping.aborted || !accounts.isCostly(id)) return await begin()
  try {
    return await costly.run(id, app.stopping, begin)
  } catch (error) {
    // The service stops while it waits: it has its turn before that.
    if (app.stopping.aborted && !hasBegun) return await begin()
    if (!(error instanceof SlotsBusyError)) throw error
    return await work({ ...room, isFull: true })
  }
}

function sharesOf(app: App): Shares {
  const known = shares.get(app)
  if (known !== undefined) return known
  const fresh = {
    accounts: new LoopAccounts(),
    costly: createFairSlots(COSTLY_AT_ONCE),
    pioneers: new Pioneers(),
  }
  shares.set(app, fresh)
  return fresh
}

/** Of what it said, and of its process; what came in turn is counted already. */
function costOfEnd({ bytesOut, logs, outcome }: PluginResult, inputBytes: number): number {
  const logged = logs.reduce((sum, { message }) => sum + message.length, 0)
  const isKilled = outcome === 'TIMEOUT' || outcome === 'OUT_OF_MEMORY' || outcome === 'CRASHED'
  return (
    (Math.max(0, bytesOut - inputBytes) / MiB) * MS_OF_MIB +
    (logged / MiB) * MS_OF_LOGGED_MIB +
    (isKilled ? MS_OF_KILL : 0)
  )
}
