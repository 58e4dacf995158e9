import { performance } from 'node:perf_hooks'
import { KiB, MiB } from '../lib/units.ts'
import type { Usage } from './usage.ts'

/** Bytes that node reserves of `ulimit -d` before any plugin: stacks of its threads, mostly. */
const NODE_DATA_BYTES = 60 * MiB

/** Milliseconds that a reading of an idle child stays good enough. */
const FRESH_MS = 250

/** What one child may use, and has been seen to use. Where there is no /proc, V8's own limits stand alone. */
export class RunnerMemory {
  #read: () => Usage | undefined
  #capacityBytes: number
  #usage: Usage | undefined
  #readAt = -Infinity
  #allowedBytes = Infinity
  #peakBytes = 0
  #cpuAtBegin = 0
  #cpuAtMark = 0

  /**
   * @param read the usage of the child now
   * @param dataKb its `ulimit -d`
   */
  constructor(read: () => Usage | undefined, dataKb: number) {
    this.#read = read
    this.#capacityBytes = dataKb * KiB - NODE_DATA_BYTES
  }

  get cpuSeconds(): number {
    return this.#usage?.cpuSeconds ?? 0
  }

  /** Bytes at the last reading. */
  get privateBytes(): number {
    return this.#usage?.privateBytes ?? 0
  }

  refresh(): void {
    this.#usage = this.#read() ?? this.#usage
    this.#readAt = performance.now()
    this.#peakBytes = Math.max(this.#peakBytes, this.privateBytes)
  }

  refreshIfOld(): void {
    if (performance.now() - this.#readAt > FRESH_MS) this.refresh()
  }

  /** A plugin begins to run: from what is there now, it may take so much. */
  begin(memoryMb: number): void {
    this.refreshIfOld()
    this.#allowedBytes = this.privateBytes + growthBytes(memoryMb)
    this.#peakBytes = 0
    this.#cpuAtBegin = this.cpuSeconds
    this.mark()
  }

  /** What was used since then, where the child cannot say it itself. */
  used(): { cpuMs: number; heapBytes: number } {
    this.refresh()
    const cpuMs = Math.max(0, this.cpuSeconds - this.#cpuAtBegin) * 1000
    return { cpuMs, heapBytes: this.privateBytes }
  }

  /** From the last reading on, `computedMs` counts anew. */
  mark(): void {
    this.#cpuAtMark = this.cpuSeconds
  }

  /** Milliseconds of CPU from the mark to the last reading. */
  get computedMs(): number {
    return (this.cpuSeconds - this.#cpuAtMark) * 1000
  }

  /** Another isolate of the same plugin opens. */
  extend(memoryMb: number): void {
    this.#allowedBytes += growthBytes(memoryMb)
  }

  hasRoomFor(memoryMb: number): boolean {
    return this.privateBytes + growthBytes(memoryMb) <= this.#capacityBytes
  }

  /** Reads, and says whether the child has outgrown what it may use. */
  outgrown(): boolean {
    this.refresh()
    return this.privateBytes > this.#allowedBytes
  }

  /** Whether a child that died may well have died of its memory. */
  get wasNearLimit(): boolean {
    return this.#peakBytes > this.#allowedBytes * 0.6
  }
}

/** V8 needs room to collect garbage in; a plugin that stays within its limit has never been seen beyond this. */
function growthBytes(memoryMb: number): number {
  return (1.5 * memoryMb + 32) * MiB
}
