import { Worker } from 'node:worker_threads'
import { seconds } from '../lib/units.ts'
import type { Archive } from '../archive/read-archive.ts'
import type { Inspection, InspectionOptions } from './inspect-package.ts'
import { refusal } from './refusal.ts'

/** An inspection without the files themselves, as it comes back from a thread. */
export type InspectionSummary = Omit<Inspection, 'archive'> & { format: Archive['format'] | null }

/** Inspects packages beside the event loop, which is held up for no more than the copy of the bytes takes. */
export interface Inspector {
  /**
   * The same as `inspectPackage`. What takes too long or too much memory is refused, with a finding that says so; the
   * promise is rejected only where the inspector was closed meanwhile or no thread can be started.
   */
  inspect(bytes: Uint8Array, options: InspectionOptions): Promise<InspectionSummary>
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
  const { threads = THREADS, timeoutMs = TIMEOUT_MS, memoryMb = MEMORY_MB } = options
  const waiting: Job[] = []
  const idle: Worker[] = []
  const busy = new Map<Worker, Job>()
  let closing: Promise<void> | null = null

  const advance = (): void => {
    while (waiting.length > 0 && busy.size < threads && closing === null) {
      const job = waiting.shift()!
      const worker = idle.pop() ?? startWorker(memoryMb)
      busy.set(worker, job)
      void run(worker, job, timeoutMs).then((isReusable) => {
        busy.delete(worker)
        if (isReusable && closing === null) idle.push(worker)
        else void worker.terminate()
        advance()
      })
    }
  }

  const end = async (): Promise<void> => {
    const error = new Error('The inspector was closed.')
    for (const job of [...waiting.splice(0), ...busy.values()]) job.reject(error)
    await Promise.all([...idle.splice(0), ...busy.keys()].map((worker) => worker.terminate()))
  }

  return {
    inspect: (bytes, options) =>
      new Promise((resolve, reject) => {
        if (closing === null) waiting.push({ bytes, options, resolve, reject })
        else reject(new Error('The inspector was closed.'))
        advance()
      }),
    close: () => (closing ??= end()),
  }
}

interface Job {
  bytes: Uint8Array
  options: InspectionOptions
  resolve(summary: InspectionSummary): void
  reject(error: Error): void
}

function startWorker(memoryMb: number): Worker {
  const worker = new Worker(new URL('./inspector-worker.ts', import.meta.url), {
    // Nothing of the server's environment, arguments or output is in it.
    env: {},
    argv: [],
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
  })
  // An idle thread keeps no process alive.
  worker.unref()
  return worker
}

/** Settles the job, and tells whether the thread is fit for the next one. */
function run(worker: Worker, job: Job, timeoutMs: number): Promise<boolean> {
  return new Promise((done) => {
    const finish = (settle: () => void, isReusable: boolean): void => {
      clearTimeout(deadline)
      for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event)
      // A worker that is ended may still say that it failed: unheard, that would end the process.
      worker.on('error', () => undefined)
      worker.unref()
      settle()
      done(isReusable)
    }
    const refuse = async (check: 'inspection.time' | 'inspection.memory', message: string): Promise<void> =>
      job.resolve(await refusal(job.bytes, check, message))
    const deadline = setTimeout(() => {
      finish(() => {
        const message = `The inspection took longer than ${timeoutMs / 1000} s and was stopped. Ship fewer or smaller files; leave out what is not needed at run time.`
        void refuse('inspection.time', message)
      }, false)
    }, timeoutMs)
    worker.ref()
    worker.once('message', (answer: InspectionSummary) => finish(() => job.resolve(answer), true))
    worker.once('error', (error: Error & { code?: string }) => {
      finish(() => {
        if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') return job.reject(error)
        const message =
          'The inspection needed more memory than it may have and was stopped. Ship smaller files; one of them is extremely dense.'
        void refuse('inspection.memory', message)
      }, false)
    })
    worker.once('exit', () => finish(() => job.reject(new Error('An inspection thread ended.')), false))
    // A copy: the caller's bytes stay his, and only the view's own bytes travel.
    const bytes = new Uint8Array(job.bytes)
    worker.postMessage({ bytes, options: job.options }, [bytes.buffer])
  })
}
