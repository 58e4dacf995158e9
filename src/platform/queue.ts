import { EventEmitter } from 'node:events'
import { Logger, run, runMigrations, type TaskList, type WorkerEvents } from 'graphile-worker'
import type { Pool } from 'pg'
import { messageOf } from '../lib/errors.ts'
import { seconds } from '../lib/units.ts'
import type { Log } from './log.ts'

/** Behind NOTIFY, by which jobs are usually heard of. */
const POLL_MS = seconds(1)

/** Brings graphile-worker's own tables up to date. */
export async function migrateQueue(url: string, log: Log): Promise<void> {
  await runMigrations({ connectionString: url, logger: queueLogger(log) })
}

export interface QueueOptions {
  pool: Pool
  tasks: TaskList
  /** Jobs at once in this process. */
  concurrency: number
  log: Log
  /** Told once of the name under which the jobs that run here are locked. */
  onLockName: (name: string) => void
}

/** Works on the queue until it is stopped: then what runs is finished, or handed back. */
export async function startQueue(options: QueueOptions): Promise<{ stop: () => Promise<void> }> {
  const events = new EventEmitter() as WorkerEvents
  // Since 0.17 a job is locked by the pool, not by the worker in it that runs the job.
  events.on('pool:create', ({ workerPool }) => options.onLockName(workerPool.id))
  // What ends a worker is traced to stderr (graphile-worker 0.18), and told to the logger as well: once is enough.
  console.trace = (error: unknown) =>
    options.log.debug({ reason: messageOf(error) }, 'a worker of the queue ended')
  const runner = await run({
    pgPool: options.pool,
    taskList: options.tasks,
    concurrency: options.concurrency,
    pollInterval: POLL_MS,
    noHandleSignals: true,
    logger: queueLogger(options.log),
    events,
  })
  return { stop: () => runner.stop() }
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
