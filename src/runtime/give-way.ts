import { performance } from 'node:perf_hooks'
import type { ChildPriority } from './child-priority.ts'
import { BUSY_AFTER_MS, GREEDY_AFTER_MS } from './limits.ts'
import type { RunnerMemory } from './runner-memory.ts'
import type { RunnerProcess } from './runner-process.ts'
import type { Stoppable, Throttle } from './throttle.ts'

/** Milliseconds over which a child's share of a core is averaged: what came before counts a third. */
const SHARE_OVER_MS = 500

/** Of a core, of late: from the first on a child gives way to the others, below the second no longer. */
const GIVES_WAY_FROM = 0.5
const GIVES_WAY_TO = 0.25

/**
 * Lets a child take less time from the others: one that computes on and ends no call, which is what a loop looks like, and one
 * that has lately taken most of a core, however soon its calls end.
 */
export class GiveWay implements Stoppable {
  organization: string | undefined
  #process: RunnerProcess
  #memory: RunnerMemory
  #throttle: Throttle
  #raises: boolean
  /** Since the last look, or there was none: what was used before that counts for nothing. */
  #hasEndedCalls = true
  /** Of a core, 0 to what its threads can take together. */
  #share = 0
  #isGreedy = false
  #isSuspect = false
  #lookedAt = performance.now()
  #cpuMs = 0
  /** By `performance.now()`: since when it is stopped; absent where it runs. */
  #stoppedAt: number | undefined
  /** Milliseconds for which it was stopped since the last look. */
  #stoppedMs = 0

  /** @param raises a priority that was lowered can be raised again; else the child has set its own, for good */
  constructor(process: RunnerProcess, memory: RunnerMemory, throttle: Throttle, raises: boolean) {
    this.#process = process
    this.#memory = memory
    this.#throttle = throttle
    this.#raises = raises
    this.#take('low')
    void process.exited.then(() => throttle.set(this, false))
  }

  /** It starts without taking the time of those who have a process, until it is ready or somebody waits for it. */
  hurry(): void {
    this.#take('ordinary')
  }

  /** A call begins; @param isSuspect it probably computes on and on, so that it gives way from its beginning */
  begin(organization: string, isSuspect: boolean): void {
    this.organization = organization
    this.#isSuspect = isSuspect
    this.#average()
    this.#take(this.#ofShare())
  }

  callEnded(): void {
    this.#hasEndedCalls = true
    this.#isSuspect = false
    this.#take(this.#ofShare())
  }

  stop(): boolean {
    if (!this.#process.stop()) return false
    this.#stoppedAt = performance.now()
    return true
  }

  go(): void {
    if (this.#stoppedAt !== undefined) this.#stoppedMs += performance.now() - this.#stoppedAt
    this.#stoppedAt = undefined
    this.#process.go()
  }

  /** Called every few milliseconds while something is in flight, when its usage has been read. */
  look(): void {
    this.#average()
    if (this.#hasEndedCalls) this.#memory.mark()
    this.#hasEndedCalls = false
    this.#take(this.#wanted())
  }

  /** Nothing is in flight: false where the child is slow from now on. */
  rest(): boolean {
    const isFast = this.#take(this.#ofShare()) && (this.#raises || this.#process.setPriority('ordinary'))
    this.#throttle.set(this, false)
    return isFast
  }

  /** It is stopped for moments where it is not to have its ordinary share; its priority, where that can be raised again. */
  #take(priority: ChildPriority): boolean {
    this.#throttle.set(this, priority !== 'ordinary')
    return this.#raises || priority === 'lowest' ? this.#process.setPriority(priority) : true
  }

  #wanted(): ChildPriority {
    const { computedMs } = this.#memory
    if (computedMs >= GREEDY_AFTER_MS) return 'lowest'
    return computedMs >= BUSY_AFTER_MS ? 'low' : this.#ofShare()
  }

  #ofShare(): ChildPriority {
    return this.#isGreedy || this.#isSuspect ? 'low' : 'ordinary'
  }

  #average(): void {
    const now = performance.now()
    const cpuMs = this.#memory.cpuSeconds * 1000
    if (this.#stoppedAt !== undefined) {
      this.#stoppedMs += now - this.#stoppedAt
      this.#stoppedAt = now
    }
    const elapsed = Math.max(1, now - this.#lookedAt - this.#stoppedMs)
    this.#stoppedMs = 0
    const share = (cpuMs - this.#cpuMs) / elapsed
    this.#share += (share - this.#share) * (1 - Math.exp(-elapsed / SHARE_OVER_MS))
    this.#isGreedy = this.#share > (this.#isGreedy ? GIVES_WAY_TO : GIVES_WAY_FROM)
    this.#lookedAt = now
    this.#cpuMs = cpuMs
  }
}
