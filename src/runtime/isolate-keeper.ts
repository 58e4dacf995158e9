import { MiB } from '../lib/units.ts'
import { FAREWELL_MS, MAX_CODE_BYTES } from './limits.ts'
import type { RunnerMemory } from './runner-memory.ts'
import type { RunnerProcess } from './runner-process.ts'
import { PayloadTooLargeError } from './runtime-errors.ts'
import type { PluginCall } from './plugin-call.ts'
import type { StoppedCode } from './stopped-code.ts'
import { WarmIsolates, type WarmIsolate } from './warm-isolates.ts'

/** Opens and closes the isolates of one child, and keeps them warm within its memory. */
export class IsolateKeeper {
  #warm = new WarmIsolates()
  /** Source maps of the code that the child has, by digest. */
  #codes = new Map<string, ReadonlyMap<string, string>>()
  #closings = new Map<number, () => void>()
  #process: RunnerProcess
  #memory: RunnerMemory
  #nextId: () => number
  #warmBytes: number

  constructor(process: RunnerProcess, memory: RunnerMemory, nextId: () => number, warmMemoryMb: number) {
    this.#process = process
    this.#memory = memory
    this.#nextId = nextId
    this.#warmBytes = warmMemoryMb * MiB
  }

  get size(): number {
    return this.#warm.size
  }

  /** Of each isolate that it holds. */
  get installations(): string[] {
    return this.#warm.all().map(({ installation }) => installation)
  }

  has(installation: string, digest: string): boolean {
    return this.#warm.find(installation, digest) !== undefined
  }

  /**
   * The isolate for a call, counted as in use; nothing where the child has no memory for it. Calls that come while it
   * opens wait for the same one.
   *
   * @throws what `loadCode` throws, and PayloadTooLargeError
   */
  async take(call: PluginCall): Promise<WarmIsolate | undefined> {
    const { installation, digest, limits } = call
    const warm = this.#takeWarm(call)
    if (warm) {
      await this.#opening(warm)
      return warm
    }
    if (this.#warm.size > 0) {
      if (!(await this.#makeRoom(limits.memoryMb))) return undefined
      this.#memory.extend(limits.memoryMb)
    }
    const isolate =
      this.#warm.find(installation, digest) ??
      this.#warm.add({ installation, digest, memoryMb: limits.memoryMb })
    isolate.inFlight += 1
    if (isolate.inFlight === 1) isolate.opened = this.#open(isolate, call)
    await this.#opening(isolate)
    return isolate
  }

  /** The isolate for a call, counted as in use, where it is open already. */
  takeOpen(call: PluginCall): WarmIsolate | undefined {
    return this.#warm.find(call.installation, call.digest)?.isOpen ? this.#takeWarm(call) : undefined
  }

  #takeWarm({ installation, digest }: PluginCall): WarmIsolate | undefined {
    const warm = this.#warm.find(installation, digest)
    if (!warm) return undefined
    this.#warm.touch(warm)
    warm.inFlight += 1
    return warm
  }

  async #opening(isolate: WarmIsolate): Promise<void> {
    try {
      await isolate.opened
      isolate.isOpen = true
    } catch (error) {
      isolate.inFlight -= 1
      this.#warm.remove(isolate)
      throw error
    }
  }

  async #open(isolate: WarmIsolate, call: PluginCall): Promise<void> {
    const { digest } = isolate
    if (!this.#codes.has(digest)) {
      const { entry, modules, sourceMaps = new Map() } = await call.loadCode()
      const body = JSON.stringify(Object.fromEntries(modules))
      const bytes = Buffer.byteLength(body)
      if (bytes > MAX_CODE_BYTES) throw new PayloadTooLargeError('Code', bytes, MAX_CODE_BYTES)
      this.#process.send({ t: 'code', digest, entry }, body)
      this.#codes.set(digest, sourceMaps)
    }
    isolate.sourceMaps = this.#codes.get(digest)!
    this.#process.send({ t: 'open', isolate: isolate.number, digest, memoryMb: isolate.memoryMb })
  }

  async #makeRoom(memoryMb: number): Promise<boolean> {
    this.#memory.refreshIfOld()
    while (!this.#memory.hasRoomFor(memoryMb)) {
      const oldest = this.#warm.leastRecentlyUsed()
      if (!oldest) return false
      await this.#close(oldest)
      this.#memory.refresh()
    }
    return true
  }

  /** No call goes there any more. */
  discard(number: number): void {
    const isolate = this.#warm.get(number)
    if (isolate) isolate.retired = true
  }

  retire(installation: string): void {
    this.#warm.retire(installation)
  }

  holds(code: StoppedCode): boolean {
    return this.#warm.of(code).length > 0
  }

  /** Throws isolates away in which nothing is in flight, without a goodbye. */
  dispose(code: StoppedCode): void {
    for (const isolate of this.#warm.of(code)) {
      this.#warm.remove(isolate)
      this.#process.send({ t: 'dispose', isolate: isolate.number })
      this.#forgetCode(isolate.digest)
    }
  }

  /** The child has disposed of it already. */
  forget(number: number): void {
    const isolate = this.#warm.get(number)
    if (isolate) this.#warm.remove(isolate)
  }

  get needsTidying(): boolean {
    this.#memory.refreshIfOld()
    return this.#warm.nextToClose() !== undefined || this.#memory.privateBytes > this.#warmBytes
  }

  /** Closes what is retired, and the least recently used beyond the memory for warm isolates. */
  async tidy(): Promise<void> {
    for (let next = this.#warm.nextToClose(); next; next = this.#warm.nextToClose()) await this.#close(next)
    this.#memory.refresh()
    while (this.#memory.privateBytes > this.#warmBytes) {
      const oldest = this.#warm.leastRecentlyUsed()
      if (!oldest) return
      await this.#close(oldest)
      this.#memory.refresh()
    }
  }

  async closeAll(): Promise<void> {
    await Promise.all(this.#warm.all().map((isolate) => this.#close(isolate)))
  }

  /** Closes an isolate; a child that does not answer in time is killed. */
  async #close(isolate: WarmIsolate): Promise<void> {
    this.#warm.remove(isolate)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#closings.set(isolate.number, resolve)
    const timer = setTimeout(() => this.#process.kill(), FAREWELL_MS)
    this.#process.send({ t: 'close', isolate: isolate.number, call: this.#nextId() }, '', 1)
    this.#forgetCode(isolate.digest)
    await promise
    clearTimeout(timer)
  }

  /** Lets the child forget code that no isolate of it holds. */
  #forgetCode(digest: string): void {
    if (this.#warm.holdsDigest(digest) || !this.#codes.delete(digest)) return
    this.#process.send({ t: 'forget', digest })
  }

  closed(number: number): void {
    this.#closings.get(number)?.()
    this.#closings.delete(number)
  }

  /** The child is gone: nobody waits for it any more. */
  abandon(): void {
    for (const resolve of this.#closings.values()) resolve()
    this.#closings.clear()
  }
}
