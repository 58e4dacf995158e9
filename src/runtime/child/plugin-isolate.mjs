import { DeadlineWatch } from './deadline-watch.mjs'
import { MAX_HOST_CALLS } from './budgets.mjs'
import { boundedAnswer, mayCross } from './bounded-answer.mjs'
import { answerLocally } from './local-operations.mjs'
import { HeldBytes, isStarved } from './isolate-memory.mjs'
import { logLine, traceOf } from './log-line.mjs'
import { LoadError, describeLoadFailure, linkModule } from './modules.mjs'

/** Timers of one invocation: more is a mistake or an attack on this process's memory. */
const MAX_TIMERS = 1000

/** Milliseconds for the guest's own code to forget a timer: it is one line. */
const DROP_MS = 100

/** Numbers host calls and timers of this process; no two are the same, so that nothing is answered twice. */
let lastTicket = 0

/** An isolate that holds one package for one installation. It ends with its first timeout or memory error. */
export class PluginIsolate {
  /** @type {Map<number, import('./invocation.mjs').Invocation>} */
  invocations = new Map()
  /** Set where `onLoad` failed: the next invocation needs another isolate. */
  unusable = false
  #registered = new Set()
  #linked = new Set()
  /** @type {{ invocation: import('./invocation.mjs').Invocation, needs: string[], body: string }[]} */
  #waiting = []
  /** @type {import('./invocation.mjs').Invocation | undefined} whose entry runs just now */
  #current
  #deadlines = new DeadlineWatch(this.invocations, (invocation) => this.#end(invocation, 'TIMEOUT'))
  /** @type {import('./invocation.mjs').Invocation[]} whose answers are not told yet */
  #answered = []
  /** CPU time of the isolate in nanoseconds, as far as it is booked. */
  #bookedNs = 0
  #held

  /**
   * @param {import('./guest-sdk.mjs').GuestIsolate} guest
   * @param {{ entry: string, sources: Record<string, string>, cache: Map<string, any> }} code
   * @param {(head: object, body?: string) => void} tell the parent
   */
  constructor(guest, code, tell) {
    this.guest = guest
    this.code = { ...code, compiled: new Map() }
    this.tell = tell
    this.#bookedNs = Number(guest.isolate.cpuTime)
    this.#held = new HeldBytes(guest.isolate, guest.memoryMb * 2 ** 20)
    guest.port.receive = (call, operation, text) => this.#receive(call, operation, text)
  }

  /**
   * Starts an invocation; its modules are loaded first, where they are not yet.
   *
   * @param {import('./invocation.mjs').Invocation} invocation
   * @param {string | undefined} path of a module besides the entry that it needs
   * @param {string} body `{kind, name, args, context}`
   */
  begin(invocation, path, body) {
    // The parent ends what it sent to an isolate that has gone meanwhile.
    if (this.guest.isolate.isDisposed) return
    this.invocations.set(invocation.id, invocation)
    this.#deadlines.add(invocation)
    if (path === undefined && this.#registered.has(this.code.entry)) {
      this.#enter(invocation, 'call', invocation.id, body, invocation.timeoutMs)
      return
    }
    const needs = [this.code.entry, path].filter((needed) => needed !== undefined && needed !== '')
    for (const needed of needs) if (!this.#linked.has(needed)) this.#load(invocation, needed)
    if (invocation.ended) return
    this.#waiting.push({ invocation, needs, body })
    this.#beginWaiting()
  }

  /** Lets the guest say goodbye; `onDone` hears when it has, or when its time is over. */
  unload(invocation, onDone) {
    this.invocations.set(invocation.id, invocation)
    invocation.onEnd = onDone
    invocation.isFarewell = true
    this.#deadlines.add(invocation)
    this.#enter(invocation, 'unload', invocation.id, '')
  }

  /** Hands the host's answer to the guest; one that comes too late is dropped. */
  answer(call, operation, ticket, body) {
    const invocation = this.invocations.get(call)
    if (invocation) this.#enter(invocation, operation, ticket, body)
  }

  /** Frees the isolate; safe to repeat. */
  dispose() {
    for (const invocation of this.invocations.values()) {
      invocation.ended = true
      invocation.clearTimers()
    }
    this.invocations.clear()
    this.#deadlines.stop()
    if (!this.guest.isolate.isDisposed) this.guest.isolate.dispose()
  }

  #load(invocation, path) {
    this.#linked.add(path)
    this.#current = invocation
    try {
      if (!Object.hasOwn(this.code.sources, path)) throw new LoadError(`There is no ${path} in the archive.`)
      const registration = linkModule(this.guest, this.code, path, path === this.code.entry)
      registration.evaluateSync({ timeout: invocation.remainingMs })
    } catch (error) {
      this.#mishap(invocation, error)
    }
    this.#comeToRest(invocation)
  }

  #enter(invocation, operation, id, text, timeout = invocation.remainingMs) {
    this.#current = invocation
    try {
      this.guest.enter.applySync(undefined, [operation, id, text], { timeout })
    } catch (error) {
      this.#mishap(invocation, error)
    }
    this.#comeToRest(invocation)
    if (this.#waiting.length > 0) this.#beginWaiting()
  }

  /** Answers are told only when the guest has come to rest, so that a storm after the answer is still its own. */
  #comeToRest(invocation) {
    // None waits for the next entry, which may never end.
    while (this.#answered.length > 0) {
      const next = this.#answered.shift()
      this.#end(next, next.answer.ending, next.answer.body)
    }
    if (!invocation.ended) this.#book(invocation)
    this.#current = undefined
  }

  /** Books the CPU of the entry that runs just now, as far as it has come. */
  #book(invocation) {
    const { isolate } = this.guest
    if (invocation !== this.#current || isolate.isDisposed) return
    const now = Number(isolate.cpuTime)
    invocation.cpuMs += (now - this.#bookedNs) / 1e6
    this.#bookedNs = now
  }

  /** What can come out of the guest: the engine's ends, a module that fails, a rejection that nobody handled. */
  #mishap(invocation, error) {
    const isLoaded = this.#registered.size === this.#linked.size
    if (this.guest.isolate.isDisposed) this.#end(invocation, 'OUT_OF_MEMORY')
    else if (invocation.isLate) this.#end(invocation, 'TIMEOUT')
    else if (isLoaded && !(error instanceof LoadError)) {
      this.#log(invocation, 'warn', `A rejected promise was not handled: ${traceOf(error)}`)
    } else {
      this.unusable = true
      this.#answer(invocation, { ending: 'failed', body: describeLoadFailure(error) })
    }
  }

  /** Begins what waited for modules that are there now. */
  #beginWaiting() {
    const ready = this.#waiting.filter(({ needs }) => needs.every((path) => this.#registered.has(path)))
    if (ready.length === 0) return
    this.#waiting = this.#waiting.filter((waiting) => !ready.includes(waiting))
    for (const { invocation, body } of ready) {
      if (!invocation.ended) this.#enter(invocation, 'call', invocation.id, body)
    }
  }

  #end(invocation, ending, body = '') {
    if (invocation.ended) return
    invocation.ended = true
    const leftOver = invocation.clearTimers()
    this.invocations.delete(invocation.id)
    const { isolate } = this.guest
    this.#book(invocation)
    const heapBytes = this.#held.at(this.#bookedNs, ending !== 'done')
    if (ending === 'failed' && isStarved(body, heapBytes, this.guest.memoryMb)) ending = 'OUT_OF_MEMORY'
    if (ending === 'TIMEOUT' || ending === 'OUT_OF_MEMORY') this.dispose()
    // The guest's table of timers lets go of what will never fire.
    if (leftOver) this.#drop(leftOver)
    const { id: call, cpuMs, onEnd } = invocation
    const unusable = this.unusable || isolate.isDisposed
    if (onEnd) onEnd()
    else this.tell({ t: 'done', call, ending, cpuMs, heapBytes, unusable }, body)
  }

  /** Before the end is told: an isolate that does not even do this takes no other call. */
  #drop(timers) {
    try {
      for (const id of timers) {
        if (this.guest.isolate.isDisposed) return
        this.guest.enter.applySync(undefined, ['timer.drop', id, ''], { timeout: DROP_MS })
      }
    } catch {
      this.unusable = true
    }
  }

  #receive(call, operation, text) {
    if (call === 0 && operation.startsWith('local.')) return answerLocally(operation, text)
    if (operation === 'registered') {
      this.#registered.add(text)
      return ''
    }
    const invocation = call === 0 ? this.#current : this.invocations.get(call)
    if (!invocation || invocation.ended) return operation.startsWith('call:') ? 'CALL_ENDED' : ''
    if (operation === 'done' || operation === 'failed') {
      if (!invocation.answer) this.#answer(invocation, boundedAnswer(operation, text))
    } else if (operation.startsWith('call:')) return this.#hostCall(invocation, operation.slice(5), text)
    else if (operation.startsWith('log.')) this.#log(invocation, operation.slice(4), text)
    else if (operation === 'timer.set') return this.#setTimer(invocation, Number(text))
    else if (operation === 'timer.clear') {
      clearTimeout(invocation.timers?.get(Number(text)))
      invocation.timers?.delete(Number(text))
    } else if (operation === 'unusable') this.unusable = true
    return ''
  }

  #answer(invocation, answer) {
    invocation.answer = answer
    this.#answered.push(invocation)
  }

  #hostCall(invocation, operation, text) {
    if (invocation.isFarewell) return 'CALL_ENDED'
    if (!mayCross(operation, text)) return 'INVALID_INPUT'
    if (++invocation.hostCalls > MAX_HOST_CALLS) return 'HOST_CALL_LIMIT'
    lastTicket += 1
    this.tell({ t: 'host', call: invocation.id, ticket: lastTicket, operation }, text)
    return String(lastTicket)
  }

  #log(invocation, level, text) {
    const line = invocation.isFarewell ? undefined : logLine(invocation, level, text)
    if (line) this.tell({ t: 'log', call: invocation.id, level: line.level }, line.text)
  }

  #setTimer(invocation, delay) {
    invocation.timers ??= new Map()
    if (invocation.timers.size >= MAX_TIMERS || !(delay >= 0)) return '0'
    lastTicket += 1
    const id = lastTicket
    const fire = () => {
      invocation.timers.delete(id)
      this.#enter(invocation, 'timer', id, '')
    }
    if (delay < invocation.remainingMs) invocation.timers.set(id, setTimeout(fire, delay))
    return String(id)
  }
}
