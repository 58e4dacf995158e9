import type { Readable } from 'node:stream'
import { KiB } from '../lib/units.ts'

/** Characters of a child's last words that are kept: V8 says there why it gave up. */
export const MAX_LAST_WORDS = 4 * KiB

/** Reads what a process says on stderr, all of it, and keeps its beginning. */
export function lastWordsOf(stderr: Readable): () => string {
  let words = ''
  stderr.on('data', (chunk: Buffer) => {
    if (words.length < MAX_LAST_WORDS) words = (words + chunk.toString('utf8')).slice(0, MAX_LAST_WORDS)
  })
  return () => words
}
