import { Worker } from 'node:worker_threads'

/** How a task ended: answered, or stopped because it took too long or too much memory. */
export type Ended<Answer> = { answer: Answer } | { stopped: 'time' | 'memory' }

/** Threads that take one task after the other; tasks wait in order. */
export interface Threads {
  /** Rejected only where the threads were closed meanwhile, or one fails by itself. */
  run<Answer>(message: object, transfer: ArrayBuffer[]): Promise<Ended<Answer>>
  /** Ends all threads; what waits or runs is rejected. */
  close(): Promise<void>
}

export interface ThreadsOptions {
  /** The module that answers each message with one. */
  module: URL
  count: number
  /** For one task, from when its turn comes. */
  timeoutMs: number
  /** MB of heap of one thread. */
  memoryMb: number
}

interface Task {
  message: object
  transfer: ArrayBuffer[]
  resolve(ended: Ended<unknown>): void
  reject(error: Error): void
}

/** Starts threads only as they are needed, and keeps those that end their tasks in time. */
export function createThreads(options: ThreadsOptions): Threads {
  const waiting: Task[] = []
  const idle: Worker[] = []
  const busy = new Map<Worker, Task>()
  let closing: Promise<void> | null = null

  const advance = (): void => {
    while (waiting.length > 0 && busy.size < options.count && closing === null) {
      const task = waiting.shift()!
      const worker = idle.pop() ?? startWorker(options)
      busy.set(worker, task)
      void runOn(worker, task, options.timeoutMs).then((isReusable) => {
        busy.delete(worker)
        if (isReusable && closing === null) idle.push(worker)
        else void worker.terminate()
        advance()
      })
    }
  }

  const end = async (): Promise<void> => {
    for (const task of [...waiting.splice(0), ...busy.values()]) task.reject(closed())
    await Promise.all([...idle.splice(0), ...busy.keys()].map((worker) => worker.terminate()))
  }

  return {
    run: <Answer>(message: object, transfer: ArrayBuffer[]) =>
      new Promise<Ended<Answer>>((resolve, reject) => {
        if (closing !== null) return reject(closed())
        waiting.push({ message, transfer, resolve: resolve as Task['resolve'], reject })
        advance()
      }),
    close: () => (closing ??= end()),
  }
}

function closed(): Error {
  return new Error('The inspector was closed.')
}

function startWorker({ module, memoryMb }: ThreadsOptions): Worker {
  const worker = new Worker(module, {
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

/** Settles the task, and tells whether the thread is fit for the next one. */
function runOn(worker: Worker, task: Task, timeoutMs: number): Promise<boolean> {
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
    const deadline = setTimeout(() => finish(() => task.resolve({ stopped: 'time' }), false), timeoutMs)
    worker.ref()
    worker.once('message', (answer: unknown) => finish(() => task.resolve({ answer }), true))
    worker.once('error', (error: Error & { code?: string }) => {
      const isMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY'
      finish(() => (isMemory ? task.resolve({ stopped: 'memory' }) : task.reject(error)), false)
    })
    worker.once('exit', () => finish(() => task.reject(new Error('An inspection thread ended.')), false))
    worker.postMessage(task.message, task.transfer)
  })
}
