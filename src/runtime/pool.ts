import { callBody } from './call-body.ts'
import { Counts } from './counts.ts'
import { Demand, type Placement } from './demand.ts'
import { endRunners } from './end-runners.ts'
import { Few } from './few.ts'
import { findRunning } from './find-running.ts'
import { MAX_NESTED, MEMORY_WATCH_MS } from './limits.ts'
import { mustYield } from './must-yield.ts'
import { coming, idleLongest, poolStatus, serving, type PoolStatus } from './pool-status.ts'
import type { RunnerSettings } from './runner-settings.ts'
import { Runner } from './runner.ts'
import { RuntimeBusyError, RuntimeClosedError } from './runtime-errors.ts'
import type { PluginCall, PluginResult } from './plugin-call.ts'
import { spareFor } from './spare-for.ts'
import { StartPause } from './start-pause.ts'
import { Suspects } from './suspects.ts'
import { isOf, stoppedFailure, stoppedResult, type StoppedCode } from './stopped-code.ts'
import { Unserved } from './unserved.ts'
import { WaitingCalls, type WaitingCall } from './waiting-calls.ts'

export interface PoolSettings extends RunnerSettings {
  processes: number
  spares: number
  /** Milliseconds that calls wait at least for a process to be ready at all; 5 s where left out. */
  patienceMs?: number
}

/** A call whose process went before it began is tried so often before it counts as crashed. */
const MAX_ATTEMPTS = 3

/** Milliseconds after which a spare process that was taken is replaced. */
const REFILL_MS = 20

/** Gives calls to processes, and keeps enough of those. */
export class Pool {
  #settings: PoolSettings
  #runners = new Set<Runner>()
  /** Those that end; their places are taken already. */
  #ending = new Set<Runner>()
  #waiting: WaitingCalls
  #inFlight = new Counts()
  /** Those that a process was found for, until they end. */
  #placed = new Few<WaitingCall>()
  /** Calls that another plugin's call waits for, from their coming to their end. */
  #nested = 0
  #demand = new Demand()
  #suspects = new Suspects()
  #watch: NodeJS.Timeout
  #closed = false
  #pause = new StartPause(() => this.#dispatch())
  #unserved: Unserved
  #refill: NodeJS.Timeout | undefined

  constructor(settings: PoolSettings) {
    this.#settings = settings
    this.#waiting = new WaitingCalls(settings.budgets.waiting)
    this.#unserved = new Unserved(settings.patienceMs)
    this.#watch = setInterval(() => {
      for (const runner of [...this.#runners, ...this.#ending]) runner.watch()
      this.#unserved.look(this.#runners, this.#waiting)
    }, MEMORY_WATCH_MS).unref()
    this.#balance(settings.spares)
  }

  /** Waits until a spare process can take a call; a machine where none can start is told by the self-test. */
  async firstReady(): Promise<void> {
    if (this.#runners.size > 0) await Promise.race([...this.#runners].map(({ ready }) => ready))
  }

  async call(call: PluginCall): Promise<PluginResult> {
    if (this.#closed) throw new RuntimeClosedError()
    const body = callBody(call)
    return call.nested === true ? await this.#callNested(call, body) : await this.#begin(call, body)
  }

  /**
   * Whoever waits for it may hold the last process, so that it gets one beyond their number. Where too many do so, it is
   * refused at once: all of them could wait for each other.
   */
  async #callNested(call: PluginCall, body: string): Promise<PluginResult> {
    const most = Math.max(MAX_NESTED, 2 * this.#settings.processes)
    if (this.#nested >= most) throw new RuntimeBusyError(call.installation)
    this.#nested += 1
    try {
      return await this.#begin(call, body)
    } finally {
      this.#nested -= 1
      this.#dispatch()
    }
  }

  #begin(call: PluginCall, body: string): Promise<PluginResult> {
    const { promise, resolve, reject } = Promise.withResolvers<PluginResult>()
    const waiting: WaitingCall = { call, body, attempts: 0, resolve, reject }
    if (this.#waiting.size === 0) this.#demand = new Demand()
    if (this.#waiting.size === 0 && this.#place(waiting) === 'placed') this.#balance()
    else {
      this.#waiting.add(waiting)
      this.#dispatch()
    }
    return promise
  }

  retire(installation: string): void {
    for (const runner of this.#runners) runner.retire(installation)
  }

  /** Ends what waits, kills what runs, and drops what is warm. */
  stop(code: StoppedCode, reason: string): void {
    const result = stoppedResult(reason, this.#settings.clock.now())
    for (const { resolve } of this.#waiting.takeOut(({ call }) => isOf(code, call))) resolve(result)
    for (const waiting of this.#placed.all().filter(({ call }) => isOf(code, call))) {
      waiting.stopped = reason
      waiting.runner?.kill('CRASHED', stoppedFailure(reason))
    }
    const runners = [...this.#runners, ...this.#ending]
    // What is spared goes on in its isolate; the others of the installation go when they are free.
    if ('installation' in code && code.but !== undefined) this.retire(code.installation)
    else if ('organization' in code) {
      for (const runner of serving(runners, code.organization)) runner.kill('CRASHED', stoppedFailure(reason))
    } else for (const runner of runners) runner.drop(code)
    this.#dispatch()
  }

  status(): PoolStatus {
    return poolStatus([...this.#runners], this.#waiting.size)
  }

  async close(graceMs: number): Promise<void> {
    this.#closed = true
    for (const { reject } of this.#waiting.drain()) reject(new RuntimeClosedError())
    await endRunners([...this.#runners, ...this.#ending], graceMs)
    clearInterval(this.#watch)
    this.#pause.clear()
    clearTimeout(this.#refill)
  }

  #dispatch(): void {
    if (this.#closed) return
    const demand = new Demand()
    this.#waiting.offer((waiting) => {
      const placement = this.#place(waiting)
      demand.note(placement, waiting.call, this.#suspects.has(waiting.call.installation))
      return placement === 'placed'
    })
    this.#demand = demand
    this.#balance()
  }

  #place(waiting: WaitingCall): Placement {
    const { organization, installation, digest, nested = false } = waiting.call
    const isSuspect = !nested && this.#suspects.has(installation)
    // One after the other, so that it brings down none but itself.
    const mostAtOnce = isSuspect ? 1 : this.#settings.budgets.concurrent
    if (!nested && this.#inFlight.of(installation) >= mostAtOnce) return 'limited'
    const running = findRunning(this.#runners, waiting.call)
    if (running) {
      // Others wait for a process: this one must come free one day, however many calls its installation has.
      const isAwaited = this.#demand.starved.size > 0 || this.#demand.crowded.has(organization)
      if (!nested && isAwaited && running.turnCalls >= this.#settings.budgets.concurrent) return 'limited'
      void this.#run(running, waiting)
      return 'placed'
    }
    const own = [...this.#runners].filter((runner) => runner.organization === organization)
    const idle = own.filter((runner) => runner.isIdle)
    // One organization gets at most half of the processes, so that its hanging plugins never take all of them.
    const mayHaveMore = nested || own.length < Math.ceil(this.#settings.processes / 2)
    const free =
      idle.find(({ isolates }) => isolates.has(installation, digest)) ??
      idle[0] ??
      (mayHaveMore ? spareFor(this.#runners, isSuspect, this.#room) : undefined)
    if (!free) return mayHaveMore ? 'no process' : 'crowded'
    if (!nested && mustYield(free, this.#demand.starved, coming(this.#runners))) return 'no process'
    void this.#run(free, waiting)
    return 'placed'
  }

  async #run(runner: Runner, waiting: WaitingCall): Promise<void> {
    this.#inFlight.change(waiting.call.installation, 1)
    waiting.runner = runner
    this.#placed.add(waiting)
    try {
      const { installation } = waiting.call
      const result = await runner.run(waiting.call, waiting.body, this.#suspects.has(installation))
      if (result) this.#suspects.note(installation, result)
      if (result) waiting.resolve(result)
      else if (waiting.stopped !== undefined) {
        waiting.resolve(stoppedResult(waiting.stopped, this.#settings.clock.now()))
      } else if (this.#closed) waiting.reject(new RuntimeClosedError())
      else if (waiting.attempts + 1 < MAX_ATTEMPTS) {
        this.#waiting.add({ ...waiting, attempts: waiting.attempts + 1 })
      } else waiting.reject(new Error('No process could be given the code of the plugin.'))
    } catch (error) {
      waiting.reject(error)
    } finally {
      this.#placed.delete(waiting)
      this.#inFlight.change(waiting.call.installation, -1)
      this.#dispatch()
    }
  }

  get #room() {
    return { spares: this.#settings.spares, most: this.#settings.processes + this.#nested }
  }

  /** Starts processes for who waits and as spares; where all places are taken, the one that is idle longest ends. */
  #balance(spares = this.#demand.starved.size > 0 ? this.#settings.spares : 0): void {
    if (this.#closed || this.#pause.isOn) return
    const { most } = this.#room
    const tooMany = Math.max(0, this.#runners.size - most)
    for (const runner of idleLongest(this.#runners).slice(0, tooMany)) runner.end()
    const begun = coming(this.#runners)
    if (begun < this.#settings.spares && spares === 0) this.#refillSoon()
    for (let missing = this.#demand.starved.size + spares - begun; missing > 0; missing -= 1) {
      if (this.#runners.size >= most) idleLongest(this.#runners)[0]?.end()
      if (this.#runners.size >= most) break
      this.#start()
    }
    // A spare one starts in its own time, unless there is none yet.
    const late = [...this.#runners].filter(({ isReady }) => !isReady)
    if (!this.#demand.isUrgent && late.length < this.#runners.size) return
    for (const runner of late) runner.giveWay.hurry()
  }

  /** Starting a process takes a while of this one, and of the machine: not that of the call that took the spare one. */
  #refillSoon(): void {
    this.#refill ??= setTimeout(() => {
      this.#refill = undefined
      this.#balance(this.#settings.spares)
    }, REFILL_MS).unref()
  }

  #start(): void {
    const runner: Runner = new Runner(this.#settings, {
      onFree: () => this.#dispatch(),
      onEnding: () => {
        this.#runners.delete(runner)
        this.#ending.add(runner)
      },
      onGone: (wasReady) => {
        this.#ending.delete(runner)
        this.#pause.note(wasReady)
        this.#dispatch()
      },
    })
    this.#runners.add(runner)
  }
}
