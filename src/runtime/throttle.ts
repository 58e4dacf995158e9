import { availableParallelism } from 'node:os'
import { performance } from 'node:perf_hooks'

/** Milliseconds of a turn of what is stopped, and for which it is stopped: a quarter of a core is left to it. */
const RUNS_MS = 5
const STOPS_MS = 15

/** A timer may be early by as much. */
const EARLY_MS = 1

/** Cores that those who wait need: the service and its database work in turns, and collect their garbage. */
const KEPT_CORES = 2

/** A process that can be stopped for a moment and go on. */
export interface Stoppable {
  /** Whose plugins it serves; absent as long as it has none. */
  readonly organization: string | undefined
  /** SIGSTOP; false where the system does not let us. */
  stop(): boolean
  /** SIGCONT. */
  go(): void
}

interface Turn {
  isStopped: boolean
  since: number
}

/**
 * Takes the core from processes that compute on and on, a few milliseconds at a time, while others wait for an answer and there are not
 * cores enough for both: a low priority alone lets a slice that has begun run on (3 ms on Linux), at each step of what others
 * do. Who computes while nobody waits has all of his core.
 */
export class Throttle {
  #othersHurry: (organization: string | undefined) => boolean
  #freeCores: number
  #turns = new Map<Stoppable, Turn>()
  #timer: NodeJS.Timeout | undefined

  /**
   * @param othersHurry whether others than that organization wait for an answer
   * @param cores of this machine
   */
  constructor(
    othersHurry: (organization: string | undefined) => boolean,
    cores: number = availableParallelism(),
  ) {
    this.#othersHurry = othersHurry
    this.#freeCores = Math.max(0, cores - KEPT_CORES)
  }

  /** It computes on and on, or no longer. Safe to repeat. */
  set(process: Stoppable, computes: boolean): void {
    if (!computes) this.#delete(process)
    else if (!this.#turns.has(process)) {
      this.#turns.set(process, { isStopped: false, since: -Infinity })
      this.#timer ??= setInterval(() => this.#look(), RUNS_MS).unref()
    }
  }

  #delete(process: Stoppable): void {
    if (this.#turns.get(process)?.isStopped === true) process.go()
    this.#turns.delete(process)
    if (this.#turns.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #look(): void {
    const now = performance.now()
    let running = 0
    for (const [process, turn] of this.#turns) {
      const mayStop = running >= this.#freeCores && this.#othersHurry(process.organization)
      const lastedMs = now - turn.since + EARLY_MS
      if (turn.isStopped ? !mayStop || lastedMs >= STOPS_MS : mayStop && lastedMs >= RUNS_MS) {
        turn.isStopped = !turn.isStopped
        turn.since = now
        if (!turn.isStopped) process.go()
        else turn.isStopped = process.stop()
      }
      if (!turn.isStopped) running += 1
    }
  }
}
