/**
 * What an isolate holds; nothing where it is gone. Whatever enters an isolate may throw a rejection that its code left
 * unhandled when the engine stopped it: that one is thrown once, and the second look is free of it.
 */
export function bytesHeld(isolate) {
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
