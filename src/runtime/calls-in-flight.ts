import type { Budgets } from './budgets.ts'
import { Few } from './few.ts'
import { HostCallRoom } from './host-call-room.ts'
import { Invocation, type InvocationDeps } from './invocation.ts'
import { TIMEOUT_GRACE_MS } from './limits.ts'
import { OverdueWatch } from './overdue-watch.ts'
import type { ChildMessage } from './protocol.ts'
import type { RunnerProcess } from './runner-process.ts'
import type { InvocationOutcome, PluginCall, PluginFailure, PluginResult } from './plugin-call.ts'

export interface FlightEvents {
  /** The child did not even say that the time of a call was over; the call has ended. */
  onOverdue(invocation: Invocation): void
  /** An isolate is gone with a timeout or a memory error; the call that caused it has ended. */
  onLost(isolate: number): void
  /** `onLoad` failed, or a module: the isolate is good for nothing. */
  onUnusable(isolate: number): void
  onViolation(reason: string): void
}

interface Ended {
  culprit?: Invocation
  failure?: PluginFailure | undefined
}

/** The calls that a child has been sent and that have not ended. */
export class CallsInFlight {
  #process: RunnerProcess
  #deps: InvocationDeps
  #events: FlightEvents
  #invocations = new Few<Invocation>()
  #overdueWatch = new OverdueWatch(this.#invocations, (invocation) => this.#overdue(invocation))
  #room = new HostCallRoom()
  /** Some call has brought the process down: those that end now are carried along. */
  #lostItsProcess = false

  constructor(process: RunnerProcess, deps: InvocationDeps, events: FlightEvents) {
    this.#process = process
    this.#deps = deps
    this.#events = events
  }

  get size(): number {
    return this.#invocations.size
  }

  /** Sends a call, and gives its result; never rejects. */
  run(id: number, isolate: number, call: PluginCall, body: string): Promise<PluginResult> {
    const { timeoutMs } = call.limits
    const invocation = new Invocation(id, isolate, call, timeoutMs + TIMEOUT_GRACE_MS, this.#deps)
    this.#invocations.add(invocation)
    this.#overdueWatch.add(invocation)
    const { organization, installation } = call
    const { pid } = this.#process
    this.#deps.log.trace({ pid, organization, installation, call: id }, 'A call goes to a runner')
    const isSeparate = call.kind === 'TRANSFORM' || call.kind === 'MIGRATION'
    const path = isSeparate ? { path: call.name.split('#')[0] ?? '' } : {}
    this.#process.send(
      { t: 'call', call: id, isolate, timeoutMs, ...path },
      body,
      messagesOf(this.#deps.budgets),
    )
    return invocation.result
  }

  /** Words of an invocation that has ended are nobody's. */
  receive(message: Extract<ChildMessage, { call: number }>): void {
    const invocation = this.#invocations.find(({ id }) => id === message.call)
    if (!invocation) return
    if (message.t === 'log') invocation.log(message)
    else if (message.t === 'host') this.#serve(invocation, message)
    else {
      invocation.finish(message)
      this.#invocations.delete(invocation)
      if (message.unusable) this.#events.onUnusable(invocation.isolate)
      if (message.ending === 'TIMEOUT' || message.ending === 'OUT_OF_MEMORY') {
        this.#lostItsProcess = true
        this.end('CRASHED', { culprit: invocation })
        this.#events.onLost(invocation.isolate)
      }
    }
  }

  #serve(invocation: Invocation, message: Extract<ChildMessage, { t: 'host' }>): void {
    const inTime = invocation.serve(message, this.#room, async (t, body) => {
      await this.#process.room()
      const { id: call, isolate, ended } = invocation
      if (!ended) this.#process.send({ t, call, isolate, ticket: message.ticket }, body)
    })
    if (!inTime) this.#events.onViolation('More host calls than it lets a plugin make.')
  }

  #overdue(invocation: Invocation): void {
    if (!this.#invocations.delete(invocation)) return
    invocation.end('TIMEOUT', undefined, this.#deps.used())
    this.#lostItsProcess = true
    this.#events.onOverdue(invocation)
  }

  /** Ends all, or those in the isolate of the one that brought it down. */
  end(outcome: InvocationOutcome, { culprit, failure }: Ended = {}): void {
    if (this.#invocations.size === 0) return
    const used = this.#deps.used()
    for (const invocation of this.#invocations.all()) {
      if (culprit && invocation.isolate !== culprit.isolate) continue
      this.#invocations.delete(invocation)
      if (failure || !(culprit || this.#lostItsProcess)) invocation.end(outcome, failure, used)
      else invocation.endCarriedAlong(outcome, used)
      // Nobody can say which call it was: the oldest stands for all.
      if (!culprit) this.#lostItsProcess = true
    }
  }
}

/** What one call may cause: its host calls, its log lines, its end, and some to spare. */
function messagesOf({ hostCalls, logLines }: Budgets): number {
  return hostCalls + logLines + 100
}
