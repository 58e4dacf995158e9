import { performance } from 'node:perf_hooks'
import { CallsInFlight } from './calls-in-flight.ts'
import { GiveWay } from './give-way.ts'
import { IsolateKeeper } from './isolate-keeper.ts'
import { KILL_AFTER_MS } from './limits.ts'
import type { ChildMessage } from './protocol.ts'
import { RunnerMemory } from './runner-memory.ts'
import { RunnerProcess, type ProcessEvents } from './runner-process.ts'
import type { RunnerSettings } from './runner-settings.ts'
import type { InvocationOutcome, PluginCall, PluginFailure, PluginResult } from './plugin-call.ts'
import type { StoppedCode } from './stopped-code.ts'
import { withReadableTraces } from './source-maps.ts'
import type { WarmIsolate } from './warm-isolates.ts'

export interface RunnerEvents {
  /** Nothing is in flight any more, or it has become ready. */
  onFree(): void
  /** No call may go there any more; another process may take its place. */
  onEnding(): void
  /** Told with whether it ever was ready. */
  onGone(wasReady: boolean): void
}

/**
 * One child and what it carries. It serves one organization in its whole life, and one installation at a time; with
 * the first timeout, memory error or broken message it takes no new call, and soon is killed.
 */
export class Runner {
  organization: string | undefined
  /** Whose calls are in flight. */
  installation: string | undefined
  /** Calls since nothing was in flight last. */
  turnCalls = 0
  lastUsedAt = performance.now()
  /** Since when it has its organization. */
  servingSince = Infinity
  readonly isolates: IsolateKeeper
  readonly giveWay: GiveWay
  readonly ready: Promise<boolean>
  readonly exited: Promise<void>
  #settings: RunnerSettings
  #events: RunnerEvents
  #process: RunnerProcess
  #memory: RunnerMemory
  #flight: CallsInFlight
  #state: 'starting' | 'ready' | 'ending' | 'gone' = 'starting'
  #wasReady = false
  #reserved = 0
  #resting = false
  #calls = 0
  #lastCall = 0

  constructor(settings: RunnerSettings, events: RunnerEvents) {
    this.#settings = settings
    this.#events = events
    const { clock, log, budgets } = settings
    const onProcess: ProcessEvents = {
      onMessage: (message) => this.#receive(message),
      onViolation: (reason) => this.#violated(reason),
      onExit: () => this.#exited(),
    }
    this.#process = new RunnerProcess(settings, onProcess)
    this.ready = this.#process.ready
    this.exited = this.#process.exited
    this.#memory = new RunnerMemory(() => this.#process.usage, settings.launch.dataKb)
    this.giveWay = new GiveWay(this.#process, this.#memory, settings.throttle, settings.launch.raises)
    this.#flight = new CallsInFlight(
      this.#process,
      { clock, log, budgets, used: () => this.#memory.used() },
      {
        onOverdue: () => this.kill('CRASHED'),
        onLost: (isolate) => this.#lost(isolate),
        onUnusable: (isolate) => this.isolates.discard(isolate),
        onViolation: (reason) => this.#violated(reason),
      },
    )
    this.isolates = new IsolateKeeper(this.#process, this.#memory, () => this.nextId(), settings.warmMemoryMb)
    void this.ready.then((isReady) => {
      if (!isReady || this.#state !== 'starting') return
      this.#state = 'ready'
      this.#wasReady = true
      this.giveWay.hurry()
      events.onFree()
    })
  }

  /** It has no organization yet; `isBlank` once it can take one. */
  get isComing(): boolean {
    return this.#state === 'starting' || this.isBlank
  }
  get isReady(): boolean {
    return this.#state === 'ready' && !this.#process.isGoing
  }
  get isBlank(): boolean {
    return this.isReady && this.organization === undefined
  }
  get isBusy(): boolean {
    return this.#reserved > 0 || this.#resting
  }
  get isIdle(): boolean {
    return this.isReady && this.organization !== undefined && !this.isBusy
  }
  get takesMore(): boolean {
    return this.isReady && this.#reserved > 0
  }

  /**
   * Runs a call, or gives nothing where this child cannot any more and the call has not begun.
   *
   * @throws what `loadCode` throws, and PayloadTooLargeError
   */
  async run(call: PluginCall, body: string, isSuspect: boolean): Promise<PluginResult | undefined> {
    if (this.organization === undefined) this.servingSince = performance.now()
    this.organization = call.organization
    this.installation = call.installation
    if (this.#reserved === 0) {
      this.turnCalls = 0
      this.#memory.begin(call.limits.memoryMb)
      this.giveWay.begin(call.organization, isSuspect)
    }
    this.#reserved += 1
    this.turnCalls += 1
    this.#calls += 1
    let isolate: WarmIsolate | undefined
    try {
      isolate = this.isolates.takeOpen(call) ?? (await this.isolates.take(call))
      if (this.#state !== 'ready') return undefined
      if (isolate === undefined) {
        this.end()
        return undefined
      }
      const { number, sourceMaps } = isolate
      return withReadableTraces(await this.#flight.run(this.nextId(), number, call, body), sourceMaps)
    } finally {
      if (isolate) isolate.inFlight -= 1
      this.#reserved -= 1
      this.lastUsedAt = performance.now()
      if (this.#reserved === 0) void this.#rest()
      else this.#events.onFree()
    }
  }

  nextId(): number {
    this.#lastCall += 1
    return this.#lastCall
  }

  #receive(message: ChildMessage): void {
    if (message.t === 'closed') this.isolates.closed(message.isolate)
    else if (message.t !== 'ready') this.#flight.receive(message)
    if (message.t === 'done') this.giveWay.callEnded()
  }

  /** With its first timeout or memory error a child takes nothing new, and what else it carries has little time. */
  #lost(isolate: number): void {
    this.isolates.forget(isolate)
    this.#stopTaking()
    if (this.#flight.size === 0) this.kill('CRASHED')
    else setTimeout(() => this.kill('CRASHED'), KILL_AFTER_MS).unref()
  }

  /** Called every few milliseconds while something is in flight. */
  watch(): void {
    if (this.#reserved === 0) return
    if (this.#memory.outgrown()) this.kill('OUT_OF_MEMORY')
    else this.giveWay.look()
  }

  #violated(reason: string): void {
    this.#settings.log.error(
      { reason, pid: this.#process.pid, organization: this.organization },
      'A runner was taken for hostile',
    )
    this.kill('CRASHED')
  }

  #exited(): void {
    const { lastWords: words, ranOutOfMemory } = this.#process
    if (this.#state !== 'ending') {
      this.#settings.log.warn(
        { pid: this.#process.pid, organization: this.organization, words },
        'A runner ended by itself',
      )
    }
    this.#stopTaking()
    this.#state = 'gone'
    const died = ranOutOfMemory || this.#memory.wasNearLimit ? 'OUT_OF_MEMORY' : 'CRASHED'
    this.#flight.end(died)
    this.isolates.abandon()
    this.#events.onGone(this.#wasReady)
  }

  /** SIGKILL, now; what is in flight ends so. */
  kill(outcome: InvocationOutcome, failure?: PluginFailure): void {
    this.#stopTaking()
    this.#flight.end(outcome, { failure })
    this.#process.kill()
  }

  #stopTaking(): void {
    if (this.#state === 'ending' || this.#state === 'gone') return
    this.#state = 'ending'
    this.#events.onEnding()
  }

  /** Ends it in good order: it takes nothing new, the plugins say goodbye, then SIGKILL. */
  end(): void {
    if (this.#state === 'ending' || this.#state === 'gone') return
    this.#stopTaking()
    if (this.#reserved === 0) void this.#farewell()
  }

  async #farewell(): Promise<void> {
    await this.isolates.closeAll()
    this.kill('CRASHED')
  }

  /** Drops the warm isolates of an installation, now or when they are free. */
  retire(installation: string): void {
    this.isolates.retire(installation)
    if (this.isIdle) void this.#rest()
  }

  /** Gets rid of code of which nothing is in flight; what else is in flight ends as it would, and the child with it. */
  drop(code: StoppedCode): void {
    if (!this.isolates.holds(code)) return
    this.isolates.dispose(code)
    if (this.#reserved === 0) this.kill('CRASHED')
    else this.end()
  }

  /** Nothing is in flight: the moment to tidy up. */
  async #rest(): Promise<void> {
    this.installation = undefined
    if (this.#state === 'ending') {
      await this.#farewell()
      return
    }
    if (this.isolates.needsTidying) {
      this.#resting = true
      await this.isolates.tidy()
      this.#resting = false
    }
    const { callsPerProcess, cpuSecondsPerProcess } = this.#settings
    const isSlow = !this.giveWay.rest()
    if (isSlow || this.#calls >= callsPerProcess || this.#memory.cpuSeconds >= cpuSecondsPerProcess)
      this.end()
    this.#events.onFree()
  }
}
