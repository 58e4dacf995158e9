import { isOf, type StoppedCode } from './stopped-code.ts'

/** An isolate in a child: one package for one installation. */
export interface WarmIsolate {
  number: number
  installation: string
  digest: string
  memoryMb: number
  inFlight: number
  /** No new call: it goes when what runs in it has ended. */
  retired: boolean
  /** Settles when the child has been given the code. */
  opened: Promise<void>
  /** It has. */
  isOpen: boolean
  /** Of its modules, by path. */
  sourceMaps: ReadonlyMap<string, string>
}

/** The isolates of one child, least recently used first. */
export class WarmIsolates {
  #isolates = new Map<number, WarmIsolate>()
  #newest: WarmIsolate | undefined
  #last = 0

  get size(): number {
    return this.#isolates.size
  }

  add(isolate: Pick<WarmIsolate, 'installation' | 'digest' | 'memoryMb'>): WarmIsolate {
    this.#last += 1
    const added: WarmIsolate = {
      ...isolate,
      number: this.#last,
      inFlight: 0,
      retired: false,
      opened: Promise.resolve(),
      isOpen: false,
      sourceMaps: new Map(),
    }
    this.#isolates.set(added.number, added)
    this.#newest = added
    return added
  }

  find(installation: string, digest: string): WarmIsolate | undefined {
    for (const isolate of this.#isolates.values()) {
      if (isolate.installation === installation && isolate.digest === digest && !isolate.retired)
        return isolate
    }
    return undefined
  }

  /** Makes it the most recently used. */
  touch(isolate: WarmIsolate): void {
    if (this.#newest === isolate) return
    this.#newest = isolate
    this.#isolates.delete(isolate.number)
    this.#isolates.set(isolate.number, isolate)
  }

  retire(installation: string): void {
    for (const isolate of this.#isolates.values()) {
      if (isolate.installation === installation) isolate.retired = true
    }
  }

  /** One that is to go and may go now. */
  nextToClose(): WarmIsolate | undefined {
    return [...this.#isolates.values()].find((isolate) => isolate.retired && isolate.inFlight === 0)
  }

  leastRecentlyUsed(): WarmIsolate | undefined {
    return [...this.#isolates.values()].find((isolate) => isolate.inFlight === 0)
  }

  of(code: StoppedCode): WarmIsolate[] {
    return [...this.#isolates.values()].filter((isolate) => isOf(code, isolate))
  }

  holdsDigest(digest: string): boolean {
    return [...this.#isolates.values()].some((isolate) => isolate.digest === digest)
  }

  remove(isolate: WarmIsolate): void {
    this.#isolates.delete(isolate.number)
  }

  get(number: number): WarmIsolate | undefined {
    return this.#isolates.get(number)
  }

  all(): WarmIsolate[] {
    return [...this.#isolates.values()]
  }
}
