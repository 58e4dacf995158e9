import { createTwoFilesPatch } from 'diff'
import type { ArchiveLimits } from '../archive/limits.ts'
import { readArchive } from '../archive/read-archive.ts'
import { KiB, MiB } from '../lib/units.ts'

/** A file that is not the same in two packages. */
export interface FileChange {
  path: string
  change: 'ADDED' | 'REMOVED' | 'CHANGED'
  /** Bytes before and after; null where there is no such file. */
  sizeBefore: number | null
  sizeAfter: number | null
  /** Unified diff; null for what is no text, or too large or too different for one. */
  diff: string | null
}

/** Bytes of a file that is compared line by line; people read no more of one. */
const MAX_TEXT_BYTES = 512 * KiB
/** Characters of one diff and of all: what a reviewer's client can show. */
const MAX_DIFF = 256 * KiB
const MAX_ALL_DIFFS = 2 * MiB
/** Lines that differ; beyond, the search for the shortest script (Myers) takes seconds, and nobody reads its result. */
const MAX_EDIT_LENGTH = 20_000
const MAX_DIFF_MS = 2_000

/** What changed from one archive to another, by path. Null: everything is new. Both were accepted once. */
export async function compareFiles(
  before: Uint8Array | null,
  after: Uint8Array,
  limits: ArchiveLimits,
): Promise<FileChange[]> {
  const old = before === null ? new Map<string, Uint8Array>() : await filesOf(before, limits)
  const now = await filesOf(after, limits)
  const changes: FileChange[] = []
  let told = 0
  for (const path of [...new Set([...old.keys(), ...now.keys()])].sort()) {
    const was = old.get(path)
    const is = now.get(path)
    if (was !== undefined && is !== undefined && Buffer.compare(was, is) === 0) continue
    const diff = told < MAX_ALL_DIFFS ? diffOf(path, was, is) : null
    told += diff?.length ?? 0
    changes.push({
      path,
      change: was === undefined ? 'ADDED' : is === undefined ? 'REMOVED' : 'CHANGED',
      sizeBefore: was?.byteLength ?? null,
      sizeAfter: is?.byteLength ?? null,
      diff,
    })
  }
  return changes
}

async function filesOf(bytes: Uint8Array, limits: ArchiveLimits): Promise<ReadonlyMap<string, Uint8Array>> {
  const { archive, findings } = await readArchive(bytes, limits)
  if (archive === null)
    throw new Error(`A stored archive is no longer accepted: ${findings[0]?.message ?? ''}`)
  return archive.entries
}

function diffOf(path: string, was: Uint8Array | undefined, is: Uint8Array | undefined): string | null {
  const texts = [was, is].map(textOf)
  if (texts.includes(null)) return null
  const [before, after] = texts as [string, string]
  const names = [
    was === undefined ? '/dev/null' : `a/${path}`,
    is === undefined ? '/dev/null' : `b/${path}`,
  ] as const
  const options = { context: 3, maxEditLength: MAX_EDIT_LENGTH, timeout: MAX_DIFF_MS }
  const patch = createTwoFilesPatch(...names, before, after, undefined, undefined, options)
  return patch === undefined || patch.length > MAX_DIFF ? null : patch
}

/** The text of a file, '' where there is none; null for what is binary or too large. */
function textOf(bytes: Uint8Array | undefined): string | null {
  if (bytes === undefined) return ''
  if (bytes.byteLength > MAX_TEXT_BYTES || bytes.includes(0)) return null
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    // No UTF-8: shown as what it is, a binary file.
    return null
  }
}
