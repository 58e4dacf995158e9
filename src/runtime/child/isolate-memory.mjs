/**
 * Nanoseconds of an isolate's CPU that a reading stays good for: touching memory takes time, so that in these it comes to
 * two megabytes more at most. A reading takes a seventh of what a small call does.
 */
const FRESH_NS = 100_000

/** What an isolate holds, in bytes. */
export class HeldBytes {
  #isolate
  #most
  #bytes = 0
  #readAt = -Infinity

  /** @param {number} most told of one that is gone */
  constructor(isolate, most) {
    this.#isolate = isolate
    this.#most = most
  }

  /**
   * @param {number} cpuNs the isolate's CPU time
   * @param {boolean} anew however fresh the last reading is
   */
  at(cpuNs, anew) {
    if (anew || cpuNs - this.#readAt >= FRESH_NS) {
      this.#bytes = bytesHeld(this.#isolate) ?? this.#most
      this.#readAt = cpuNs
    }
    return this.#bytes
  }
}

/**
 * What an isolate holds; nothing where it is gone. Whatever enters an isolate may throw a rejection that its code left
 * unhandled when the engine stopped it: that one is thrown once, and the second look is free of it.
 */
function bytesHeld(isolate) {
  for (let looks = 0; looks < 2 && !isolate.isDisposed; looks += 1) {
    try {
      const heap = isolate.getHeapStatisticsSync()
      return heap.used_heap_size + heap.externally_allocated_size
    } catch {
      // The rejection is nobody's: its invocation is ending.
    }
  }
  return undefined
}

/** Buffers beyond the limit are an error that the plugin may catch; one that it did not is the end of its memory. */
export function isStarved(body, heapBytes, memoryMb) {
  return body.includes('"Array buffer allocation failed"') && heapBytes > memoryMb * 2 ** 19
}
