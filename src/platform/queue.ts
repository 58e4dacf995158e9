import { EventEmitter } from 'node:events'
import { Logger, run, runMigrations, type Task, type TaskList, type WorkerEvents } from 'graphile-worker'
import type { Pool } from 'pg'
import { messageOf } from '../lib/errors.ts'
import { seconds } from '../lib/units.ts'
import type { Log } from './log.ts'
import { createQueueShares, type QueueShares } from './queue-shares.ts'
import { sameJobAgain } from './task.ts'

/** Behind NOTIFY, by which jobs are usually heard of. */
const POLL_MS = seconds(1)

/** Brings graphile-worker's own tables up to date. */
export async function migrateQueue(url: string, log: Log): Promise<void> {
  await runMigrations({ connectionString: url, logger: queueLogger(log) })
}

/** Which tasks are worked on, how many at once. */
export interface QueueOptions {
  pool: Pool
  tasks: TaskList
  /** Jobs at once in this process. */
  concurrency: number
  log: Log
  /** Told once of the name under which the jobs that run here are locked. */
  onLockName: (name: string) => void
}

/**
 * Works on the queue until it is stopped: then what runs is finished, or handed back. Jobs that say by a flag whose they are share
 * its slots: what is of somebody who has his share stays in the queue, and those behind it come first.
 */
export async function startQueue(options: QueueOptions): Promise<{ stop: () => Promise<void> }> {
  const events = new EventEmitter() as WorkerEvents
  // Since 0.17 a job is locked by the pool, not by the worker in it that runs the job.
  events.on('pool:create', ({ workerPool }) => options.onLockName(workerPool.id))
  // What ends a worker is traced to stderr (graphile-worker 0.18), and told to the logger as well: once is enough.
  console.trace = (error: unknown) =>
    options.log.debug({ reason: messageOf(error) }, 'a worker of the queue ended')
  const shares = createQueueShares(options.concurrency)
  const tasks = Object.entries(options.tasks).map(
    ([name, task]) => [name, shared(shares, name, task!)] as const,
  )
  const runner = await run({
    pgPool: options.pool,
    taskList: Object.fromEntries(tasks),
    forbiddenFlags: shares.full,
    concurrency: options.concurrency,
    pollInterval: POLL_MS,
    noHandleSignals: true,
    logger: queueLogger(options.log),
    events,
  })
  return { stop: () => runner.stop() }
}

/** Workers that look for jobs at the same time may take more of somebody's than his share: what is too much goes back. */
function shared(shares: QueueShares, name: string, task: Task): Task {
  return async (payload, helpers) => {
    const giveBack = shares.take(Object.keys(helpers.job.flags ?? {}))
    if (giveBack === null) {
      await sameJobAgain(name, helpers, { inMs: 0 })
      return
    }
    try {
      return await task(payload, helpers)
    } finally {
      giveBack()
    }
  }
}

/** graphile-worker's words in our log; what a job throws is told there as a warning, since it is tried again. */
function queueLogger(log: Log): Logger {
  return new Logger((scope) => (level, message) => {
    const fields = { part: scope.label, worker: scope.workerId, task: scope.taskIdentifier, job: scope.jobId }
    // Workers need a connection only to take and to end a job: those that wait for others may be more than there are.
    if (message.includes('smaller than concurrency')) log.debug(fields, message)
    else if (level === 'error' || level === 'warning') log.warn(fields, message)
    else log.debug(fields, message)
  })
}
