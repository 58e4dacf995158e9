import { BUSY_AFTER_MS, GREEDY_AFTER_MS } from './limits.ts'
import type { RunnerMemory } from './runner-memory.ts'
import type { RunnerProcess } from './runner-process.ts'

/** Lets a child that computes on and ends no call, which is what a loop looks like, take less time from the others. */
export class GiveWay {
  #process: RunnerProcess
  #memory: RunnerMemory
  #raises: boolean
  /** Since the last look, or there was none: what was used before that counts for nothing. */
  #hasEndedCalls = true

  /** @param raises a priority that was lowered can be raised again */
  constructor(process: RunnerProcess, memory: RunnerMemory, raises: boolean) {
    this.#process = process
    this.#memory = memory
    this.#raises = raises
  }

  callEnded(): void {
    this.#hasEndedCalls = true
    if (this.#raises) this.#process.setPriority('ordinary')
  }

  /** Called every few milliseconds while something is in flight, when its usage has been read. */
  look(): void {
    if (this.#hasEndedCalls) this.#memory.mark()
    else if (this.#memory.computedMs >= GREEDY_AFTER_MS) this.#process.setPriority('lowest')
    else if (this.#raises && this.#memory.computedMs >= BUSY_AFTER_MS) this.#process.setPriority('low')
    this.#hasEndedCalls = false
  }
}
