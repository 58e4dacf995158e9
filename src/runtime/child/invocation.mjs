/** One invocation on the runner's side: what it has used, and how it ended. */
export class Invocation {
  /** @type {Map<number, ReturnType<typeof setTimeout>>} */
  timers = new Map()
  ended = false
  hostCalls = 0
  logLines = 0
  cpuNs = 0n
  /** @type {{ type: string, body: string } | undefined} what the guest said last; told when it comes to rest */
  answer
  /** The plugin's `onUnload`: it has no host and no log. */
  isFarewell = false
  /** @type {(() => void) | undefined} hears of the end in place of the parent */
  onEnd

  /**
   * @param {number} id
   * @param {number} timeoutMs
   * @param {number} isolate number of its isolate
   */
  constructor(id, timeoutMs, isolate) {
    this.id = id
    this.isolate = isolate
    this.deadline = performance.now() + timeoutMs
  }

  /** Milliseconds; at least one, since 0 means no limit to the engine. */
  get remainingMs() {
    return Math.max(1, Math.ceil(this.deadline - performance.now()))
  }

  get isLate() {
    return performance.now() >= this.deadline
  }

  /** Gives the numbers of those that will never fire; nothing where there are none. */
  clearTimers() {
    if (this.timers.size === 0) return undefined
    const numbers = [...this.timers.keys()]
    for (const timer of this.timers.values()) clearTimeout(timer)
    this.timers.clear()
    return numbers
  }
}
