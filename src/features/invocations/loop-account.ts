import { performance } from 'node:perf_hooks'
import { seconds } from '../../lib/units.ts'

/** For each millisecond that its costly calls take, an organization leaves so many to the others. */
const LEAVES = 12
/** And so many between the calls of the host of its invocations, which have a time limit: the rest when they have ended. */
const LEAVES_BETWEEN = 4
/** So many more than LEAVES for each millisecond that it has taken lately: who never pauses comes to leave 65, and to take 15 ms of a second. */
const LEAVES_MORE = 0.35
/** What it took fades: after so long a part of 1/e of it counts. */
const LATELY_MS = seconds(10)
/** After so long nothing of it does. */
const FADED_MS = 10 * LATELY_MS
/** What it may take at once before it leaves any: who does something large now and then never waits. */
const FREE_MS = 25
/** However much it has taken. */
const MOST_MS = seconds(5)

/** What organizations' costly calls have taken of this process's event loop, and until when they leave it to the others for that. */
export class LoopAccounts {
  /** By `performance.now()`: until then each has had its part. */
  #paidUntil = new Map<string, number>()
  #costlyUntil = new Map<string, number>()
  #nextTurn = new Map<string, number>()
  /** What each had taken when it last took something. */
  #lately = new Map<string, { costMs: number; at: number }>()

  /** Puts milliseconds of the loop down to an organization, by one of its installations. */
  charge({ organizationId, by }: { organizationId: string; by: string }, costMs: number): void {
    const now = performance.now()
    forget(this.#paidUntil, now - LEAVES * FREE_MS)
    forget(this.#costlyUntil, now)
    const from = this.#paidUntil.get(organizationId) ?? now - LEAVES * FREE_MS
    const leaves = LEAVES + LEAVES_MORE * this.#takeMore(organizationId, costMs, now)
    this.#paidUntil.set(organizationId, Math.min(from + leaves * costMs, now + MOST_MS))
    if (this.owedMs(organizationId) > 0) this.#costlyUntil.set(by, now + MOST_MS)
  }

  /** Milliseconds that an organization leaves to the others from now on. */
  owedMs(organizationId: string): number {
    return Math.max(0, (this.#paidUntil.get(organizationId) ?? 0) - performance.now())
  }

  /** Milliseconds until an organization has its turn for something of that cost, one after the other. */
  untilTurnMs(organizationId: string, costMs: number): number {
    const now = performance.now()
    forget(this.#nextTurn, now)
    const turn = this.#nextTurn.get(organizationId) ?? now
    this.#nextTurn.set(organizationId, turn + (1 + LEAVES_BETWEEN) * costMs)
    return turn - now
  }

  /** Whether an installation was one of those by which its organization came to owe. */
  isCostly(installation: string): boolean {
    return (this.#costlyUntil.get(installation) ?? 0) > performance.now()
  }

  /** Gives what it has taken lately, with that. */
  #takeMore(organizationId: string, costMs: number, now: number): number {
    for (const [whose, { at }] of this.#lately) if (at <= now - FADED_MS) this.#lately.delete(whose)
    const before = this.#lately.get(organizationId)
    const left = before === undefined ? 0 : before.costMs * Math.exp((before.at - now) / LATELY_MS)
    this.#lately.set(organizationId, { costMs: left + costMs, at: now })
    return left + costMs
  }
}

function forget(until: Map<string, number>, now: number): void {
  for (const [whose, at] of until) if (at <= now) until.delete(whose)
}
