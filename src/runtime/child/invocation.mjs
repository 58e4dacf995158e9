/** One invocation on the runner's side: what it has used, and how it ended. */
export class Invocation {
  /** @type {Map<number, ReturnType<typeof setTimeout>> | undefined} made for the first one: most have none */
  timers
  ended = false
  hostCalls = 0
  logLines = 0
  cpuMs = 0
  /** @type {{ type: string, body: string } | undefined} what the guest said last; told when it comes to rest */
  answer
  /** The plugin's `onUnload`: it has no host and no log. */
  isFarewell = false
  /** @type {(() => void) | undefined} hears of the end in place of the parent */
  onEnd

  /**
   * @param {number} id
   * @param {number} timeoutMs
   */
  constructor(id, timeoutMs) {
    this.id = id
    this.timeoutMs = timeoutMs
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
    if (this.timers === undefined || this.timers.size === 0) return undefined
    const numbers = [...this.timers.keys()]
    for (const timer of this.timers.values()) clearTimeout(timer)
    this.timers.clear()
    return numbers
  }
}
