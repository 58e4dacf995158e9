import type { Runner } from './runner.ts'
import { RuntimeBusyError } from './runtime-errors.ts'
import type { PluginCall, PluginResult } from './plugin-call.ts'

/** A call that waits for a process. */
export interface WaitingCall {
  call: PluginCall
  /** What the process is told of it. */
  body: string
  /** How often a process has gone under it before it began. */
  attempts: number
  /** Where it is being begun, or runs. */
  runner?: Runner
  /** Why its code was stopped, where it was while the call was being begun. */
  stopped?: string
  resolve(result: PluginResult): void
  reject(error: unknown): void
}

/**
 * The calls that wait: organizations take turns, in each of them its installations, and those in order. So a flood of
 * one organization makes nobody wait longer than for one call of it.
 */
export class WaitingCalls {
  #organizations = new Map<string, Map<string, WaitingCall[]>>()
  #size = 0
  #most: number

  /** @param most of one installation */
  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#size
  }

  /** @throws {RuntimeBusyError} where too many of the installation wait already */
  add(waiting: WaitingCall): void {
    const { organization, installation, nested = false } = waiting.call
    const queue = this.#organizations.get(organization)?.get(installation) ?? []
    // What others wait for comes before what may have to wait for those.
    const first = nested || waiting.attempts > 0
    if (queue.length >= this.#most && !first) throw new RuntimeBusyError(installation)
    this.#insert(waiting, first)
  }

  #insert(waiting: WaitingCall, first = false): void {
    const { organization, installation } = waiting.call
    const installations = this.#organizations.get(organization) ?? new Map<string, WaitingCall[]>()
    const queue = installations.get(installation) ?? []
    if (first) queue.unshift(waiting)
    else queue.push(waiting)
    installations.set(installation, queue)
    this.#organizations.set(organization, installations)
    this.#size += 1
  }

  /**
   * Offers the first call of each installation, in turns, until a whole round finds no taker.
   *
   * @param take starts a call and says so
   */
  offer(take: (waiting: WaitingCall) => boolean): void {
    let taken = true
    while (taken && this.#size > 0) {
      taken = false
      for (const [organization, installations] of Array.from(this.#organizations)) {
        if (this.#offerOne(organization, installations, take)) taken = true
      }
    }
  }

  /** Takes all calls out. */
  drain(): WaitingCall[] {
    const all = [...this.#organizations.values()].flatMap((installations) =>
      [...installations.values()].flat(),
    )
    this.#organizations.clear()
    this.#size = 0
    return all
  }

  /** Takes out those of which that is so. */
  takeOut(isMeant: (waiting: WaitingCall) => boolean): WaitingCall[] {
    const { out = [], left = [] } = Object.groupBy(this.drain(), (it) => (isMeant(it) ? 'out' : 'left'))
    for (const waiting of left) this.#insert(waiting)
    return out
  }

  /** One call of one organization; what took its turn goes to the end of its line. */
  #offerOne(
    organization: string,
    installations: Map<string, WaitingCall[]>,
    take: (waiting: WaitingCall) => boolean,
  ): boolean {
    for (const [installation, queue] of installations) {
      if (!take(queue[0]!)) continue
      queue.shift()
      this.#size -= 1
      installations.delete(installation)
      if (queue.length > 0) installations.set(installation, queue)
      this.#organizations.delete(organization)
      if (installations.size > 0) this.#organizations.set(organization, installations)
      return true
    }
    return false
  }
}
