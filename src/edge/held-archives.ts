import { RequestError } from '../lib/errors.ts'

/** Archives in memory, while they are sent. */
export interface HeldArchives {
  /**
   * The bytes of a digest, read once for all who are sent them at the same time. `release` is called when they were
   * sent, or never will be. RATE_LIMITED where too much is held already.
   */
  take(digest: string, size: number, read: () => Promise<Uint8Array>): Promise<Held>
  /** Bytes that are held now. */
  heldBytes(): number
}

export interface Held {
  bytes: Uint8Array
  release: () => void
}

/**
 * Archives are verified as a whole before their first byte is sent, so each lies in memory for as long as its slowest
 * reader takes. `maxBytes` is what all of them together may take.
 */
export function holdArchives(maxBytes: number): HeldArchives {
  const held = new Map<string, { bytes: Promise<Uint8Array>; size: number; readers: number }>()
  const heldBytes = (): number => [...held.values()].reduce((sum, { size }) => sum + size, 0)
  return {
    heldBytes,
    async take(digest, size, read) {
      const known = held.get(digest)
      // One archive is always sent, also one that is larger than all may be together.
      if (known === undefined && held.size > 0 && heldBytes() + size > maxBytes) {
        throw new RequestError('RATE_LIMITED', 'Too many archives are being downloaded now. Try again later.')
      }
      const entry = known ?? { bytes: read(), size, readers: 0 }
      held.set(digest, entry)
      entry.readers += 1
      let released = false
      const release = (): void => {
        if (released) return
        released = true
        entry.readers -= 1
        if (entry.readers === 0) held.delete(digest)
      }
      try {
        return { bytes: await entry.bytes, release }
      } catch (error) {
        release()
        throw error
      }
    },
  }
}
