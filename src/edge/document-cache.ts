import { KiB, MiB } from '../lib/units.ts'

/** Longer documents are rare, and parsed anew. */
const MAX_DOCUMENT_LENGTH = 16 * KiB
/** A parsed document takes about 60 bytes for each character of its text: some 60 MiB in all. */
const MAX_TOTAL_LENGTH = 1 * MiB

/** What Yoga's parser cache asks for. */
export interface DocumentCache<Value> {
  get(text: string): Value | undefined
  set(text: string, value: Value): void
}

/** The last used documents by their text, bounded by its length: a stranger chooses what stands in it. */
export function createDocumentCache<Value>(): DocumentCache<Value> {
  const entries = new Map<string, Value>()
  let length = 0
  return {
    get(text) {
      const value = entries.get(text)
      if (value === undefined) return undefined
      entries.delete(text)
      entries.set(text, value)
      return value
    },
    set(text, value) {
      if (text.length > MAX_DOCUMENT_LENGTH || entries.has(text)) return
      entries.set(text, value)
      length += text.length
      for (const oldest of entries.keys()) {
        if (length <= MAX_TOTAL_LENGTH) break
        entries.delete(oldest)
        length -= oldest.length
      }
    },
  }
}
