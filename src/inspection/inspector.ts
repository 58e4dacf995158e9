import type { ArchiveLimits } from '../archive/limits.ts'
import { seconds } from '../lib/units.ts'
import type { FileChange } from './compare-files.ts'
import type { InspectionOptions, InspectionSummary } from './inspect-package.ts'
import { refusal } from './refusal.ts'
import { createThreads, type Ended } from './threads.ts'

/** What a thread is asked. */
export type InspectorTask =
  | { task: 'inspect'; bytes: Uint8Array; options: InspectionOptions }
  | { task: 'compare'; before: Uint8Array | null; after: Uint8Array; limits: ArchiveLimits }

/** Inspects packages beside the event loop, which is held up for no more than the copy of the bytes takes. */
export interface Inspector {
  /**
   * The same as `inspectPackage`. What takes too long or too much memory is refused, with a finding that says so; the
   * promise is rejected only where the inspector was closed meanwhile or no thread can be started.
   */
  inspect(bytes: Uint8Array, options: InspectionOptions): Promise<InspectionSummary>
  /**
   * What changed in the files from one archive to another, by path; `before` null: everything is new. Null where that
   * took too long or too much memory.
   */
  compare(before: Uint8Array | null, after: Uint8Array, limits: ArchiveLimits): Promise<FileChange[] | null>
  /** Ends all threads; what waits or runs is rejected. */
  close(): Promise<void>
}

export interface InspectorOptions {
  /** Packages inspected at once; the others wait in order. */
  threads?: number
  /** For one package, from when its turn comes. */
  timeoutMs?: number
  /** MB of heap of one thread. */
  memoryMb?: number
}

/** One is rarely busy: a plugin takes under a second. The second keeps a slow one from holding up all others. */
const THREADS = 2
/** A plugin of 5 MB takes 1 s; 100 MiB of JavaScript, which is none, takes 20. */
const TIMEOUT_MS = seconds(30)
/** The syntax tree of 1 MiB, the largest file that is parsed, reaches 150 MB; one is held at a time. */
const MEMORY_MB = 512

/** Starts threads only as they are needed, and keeps them. */
export function createInspector(options: InspectorOptions = {}): Inspector {
  const { timeoutMs = TIMEOUT_MS } = options
  const threads = createThreads({
    module: new URL('./inspector-worker.ts', import.meta.url),
    count: options.threads ?? THREADS,
    timeoutMs,
    memoryMb: options.memoryMb ?? MEMORY_MB,
  })
  const run = <Answer>(
    task: InspectorTask,
    copies: readonly Uint8Array<ArrayBuffer>[],
  ): Promise<Ended<Answer>> =>
    threads.run<Answer>(
      task,
      copies.map(({ buffer }) => buffer),
    )
  return {
    async inspect(bytes, how) {
      // A copy: the caller's bytes stay his, and only the view's own bytes travel.
      const copy = new Uint8Array(bytes)
      const ended = await run<InspectionSummary>({ task: 'inspect', bytes: copy, options: how }, [copy])
      return 'answer' in ended ? ended.answer : await refused(bytes, ended.stopped, timeoutMs)
    },
    async compare(before, after, limits) {
      const copies = { before: before && new Uint8Array(before), after: new Uint8Array(after) }
      const moved = copies.before === null ? [copies.after] : [copies.before, copies.after]
      const ended = await run<FileChange[]>({ task: 'compare', ...copies, limits }, moved)
      return 'answer' in ended ? ended.answer : null
    },
    close: () => threads.close(),
  }
}

async function refused(
  bytes: Uint8Array,
  stopped: 'time' | 'memory',
  timeoutMs: number,
): Promise<InspectionSummary> {
  const message =
    stopped === 'time'
      ? `The inspection took longer than ${timeoutMs / 1000} s and was stopped. Ship fewer or smaller files; leave out what is not needed at run time.`
      : 'The inspection needed more memory than it may have and was stopped. Ship smaller files; one of them is extremely dense.'
  return await refusal(bytes, `inspection.${stopped}`, message)
}
