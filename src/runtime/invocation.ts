import { performance } from 'node:perf_hooks'
import type { JsonValue } from '../lib/json.ts'
import { KiB, seconds } from '../lib/units.ts'
import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/log.ts'
import type { Budgets } from './budgets.ts'
import { answerHostCall, NO_ROOM, type HostAnswer } from './host-call.ts'
import type { HostCallRoom } from './host-call-room.ts'
import { MAX_LOG_LINE_BYTES } from './limits.ts'
import { parseFailure } from './plugin-failure.ts'
import type { ChildMessage } from './protocol.ts'
import type {
  InvocationOutcome,
  PluginCall,
  PluginFailure,
  PluginLimits,
  PluginLogLine,
  PluginResult,
} from './plugin-call.ts'
import { storable } from './storable.ts'
import { UntrustedJsonError, parseUntrustedJson } from './untrusted-json.ts'

type Done = Extract<ChildMessage, { t: 'done' }>
type HostCall = Extract<ChildMessage, { t: 'host' }>
type Reply = (kind: HostAnswer['kind'], body: string) => Promise<void>
type LogMessage = Extract<ChildMessage, { t: 'log' }>

/** Characters of a result that are read in turn: a megabyte takes up to 15 ms, during which nothing else is answered. */
const LARGE_BODY = 64 * KiB

export interface InvocationDeps {
  clock: Clock
  log: Log
  budgets: Budgets
  /** What the child has used since it began with these calls, as the system counts. */
  used(): Used
}

interface Used {
  cpuMs: number
  heapBytes: number
}

/** One call in flight, on the parent's side: counts what it uses, and ends once. */
export class Invocation {
  readonly id: number
  readonly isolate: number
  readonly call: PluginCall
  /** By `performance.now()`: when it is taken for hung, though the child has not said so. */
  readonly overdueAt: number
  readonly result: Promise<PluginResult>
  #settle: (result: PluginResult) => void
  #deps: InvocationDeps
  #startedAt: Date
  #begun = performance.now()
  /** Made for the first call of the host: aborting makes an error, which takes longer than all else here. */
  #abort: AbortController | undefined
  #logs: PluginLogLine[] = []
  #hostCalls = 0
  #bytesOut = 0
  #deniedCalls = 0
  #deniedOperations: Set<string> | undefined
  #ended = false
  /** By `performance.now()`. */
  #endedAt: number | undefined

  constructor(id: number, isolate: number, call: PluginCall, overdueMs: number, deps: InvocationDeps) {
    this.id = id
    this.isolate = isolate
    this.call = call
    this.overdueAt = this.#begun + overdueMs
    this.#deps = deps
    this.#startedAt = deps.clock.now()
    const { promise, resolve } = Promise.withResolvers<PluginResult>()
    this.result = promise
    this.#settle = resolve
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Keeps a line; the child has cut it already, so that more than there may be is not believed. */
  log(message: LogMessage): void {
    if (this.#ended || this.#logs.length > this.#deps.budgets.logLines) return
    const text = storable(message.text.slice(0, MAX_LOG_LINE_BYTES))
    const line = { at: this.#deps.clock.now(), level: message.level, message: text }
    this.#logs.push(line)
    this.call.onLog?.(line)
  }

  /**
   * Serves a call of the host when there is a place for its answer, and hands that to `reply` unless the invocation has ended
   * by then. False where the child asks more often than it lets any guest ask.
   */
  serve(message: HostCall, room: HostCallRoom, reply: Reply): boolean {
    if (this.#ended) return true
    this.#hostCalls += 1
    if (this.#hostCalls > this.#deps.budgets.hostCalls) return false
    const bytes = Buffer.byteLength(message.input)
    this.#bytesOut += bytes
    if (room.take(bytes)) void this.#serve(message, bytes, room, reply).finally(() => room.drop(bytes))
    else void this.#tell(message, NO_ROOM, reply)
    return true
  }

  async #serve(message: HostCall, bytes: number, room: HostCallRoom, reply: Reply): Promise<void> {
    this.#abort ??= new AbortController()
    const { signal } = this.#abort
    const { capabilities, pace } = this.call
    const capability = Object.hasOwn(capabilities, message.operation)
      ? capabilities[message.operation]
      : undefined
    const answer = async (delivered?: Promise<void>): Promise<HostAnswer> => {
      await pace?.before(bytes, signal)
      const answered = await answerHostCall(capability, message.input, signal, delivered)
      if (answered.kind === 'answer') pace?.served(bytes)
      return answered
    }
    const tell = async (answered: HostAnswer): Promise<void> => await this.#tell(message, answered, reply)
    try {
      if (capability?.waitsForOthers === true) await serveWithoutPlace(room, answer, tell)
      else await room.inPlace(this.id, signal, async () => await tell(await answer()))
    } catch (error) {
      // It has ended while it waited.
      if (!this.#ended) throw error
    }
  }

  /** The place is held until the child has room for the answer. */
  async #tell({ operation }: HostCall, answer: HostAnswer, reply: Reply): Promise<void> {
    if (this.#ended) return
    if (answer.denied) {
      this.#deniedCalls += 1
      this.#deniedOperations ??= new Set()
      this.#deniedOperations.add(operation)
    }
    if (answer.failure !== undefined) {
      const { installation } = this.call
      this.#deps.log.error({ err: answer.failure, installation, operation }, 'A capability failed')
    }
    await reply(answer.kind, answer.body)
  }

  /** Ends as the child says. What its parent's clock or counters say came before. */
  finish(message: Done): void {
    this.#endedAt = performance.now()
    if (message.ending === 'done') this.#succeedInTurn(message)
    else if (message.ending === 'failed') this.#fail(message)
    else this.end(message.ending, undefined, message)
  }

  /** No longer in flight: only what it said waits to be read. */
  #succeedInTurn(message: Done): void {
    const { length } = message.body
    const pace = length > LARGE_BODY ? this.call.pace : undefined
    const read = (): void => {
      this.#succeed(message)
      pace?.served(length)
    }
    const turn = pace?.before(length)
    if (turn === undefined) read()
    else void turn.then(read)
  }

  #succeed(message: Done): void {
    if (message.body !== 'undefined') this.#bytesOut += Buffer.byteLength(message.body)
    if (message.body === '') this.#resolve('OK', { handled: false }, message)
    else if (message.body === 'undefined') this.#resolve('OK', { handled: true }, message)
    else {
      try {
        this.#resolve('OK', { handled: true, value: parseUntrustedJson(message.body) }, message)
      } catch (error) {
        if (!(error instanceof UntrustedJsonError)) throw error
        this.end(
          'ERROR',
          { name: 'ResultError', message: `The result was refused: ${error.message}` },
          message,
        )
      }
    }
  }

  #fail(message: Done): void {
    const { type, failure: told } = parseFailure(message.body)
    const failure: PluginFailure = { ...told, ...(type === 'plugin' && { isPluginError: true }) }
    const mayAbort = this.call.kind === 'HOOK' && this.call.context.permissions.includes('hooks:abort')
    if (type === 'plugin' && mayAbort) this.end('ABORTED', failure, message)
    else if (type === 'denied' && this.#deniedCalls > 0) this.end('DENIED', failure, message)
    else this.end('ERROR', failure, message)
  }

  /** Ends without a value, once. */
  end(outcome: InvocationOutcome, error?: PluginFailure, used?: Used): void {
    this.#resolve(outcome, { handled: true, ...(error && { error }) }, used)
  }

  /** Ends with the process that it was in, through no fault of its own. */
  endCarriedAlong(outcome: InvocationOutcome, used: Used): void {
    this.#resolve(outcome, { handled: true, carriedAlong: true }, used)
  }

  #resolve(
    outcome: InvocationOutcome,
    rest: { handled: boolean; value?: JsonValue; error?: PluginFailure; carriedAlong?: true },
    used?: Used,
  ): void {
    if (this.#ended) return
    this.#ended = true
    this.#abort?.abort()
    const durationMs = (this.#endedAt ?? performance.now()) - this.#begun
    const message = wordsOf(outcome, this.call.limits)
    this.#settle({
      outcome,
      ...rest,
      ...(!rest.error && message !== undefined && { error: { name: outcome, message } }),
      logs: this.#logs,
      startedAt: this.#startedAt,
      durationMs,
      cpuMs: Math.round((used?.cpuMs ?? 0) * 1000) / 1000,
      heapUsedBytes: Math.round(used?.heapBytes ?? 0),
      hostCalls: this.#hostCalls,
      bytesOut: this.#bytesOut,
      deniedCalls: this.#deniedCalls,
      deniedOperations: this.#deniedOperations ? [...this.#deniedOperations] : [],
    })
  }
}

async function serveWithoutPlace(
  room: HostCallRoom,
  answer: (delivered: Promise<void>) => Promise<HostAnswer>,
  tell: (answered: HostAnswer) => Promise<void>,
): Promise<void> {
  const delivered = Promise.withResolvers<void>()
  try {
    const answered = await answer(delivered.promise)
    if (!(await room.hold(answered.body.length, async () => await tell(answered)))) await tell(NO_ROOM)
  } finally {
    delivered.resolve()
  }
}

/** What is said where the plugin cannot say anything itself. */
function wordsOf(outcome: InvocationOutcome, { timeoutMs, memoryMb }: PluginLimits): string | undefined {
  if (outcome === 'TIMEOUT')
    return `The code did not finish within its time limit of ${timeoutMs / seconds(1)} s.`
  if (outcome === 'OUT_OF_MEMORY') return `The code used more memory than its limit of ${memoryMb} MB.`
  return outcome === 'CRASHED' ? 'The process that ran it ended.' : undefined
}
