import type { JobHelpers, Task as QueueTask } from 'graphile-worker'
import type { z } from 'zod'

/** What a task says that is to be run again with the same payload: nothing of it failed in the queue. */
export interface Again {
  inMs: number
}

/** Work that the queue knows by its name. */
export interface Task<Context, Schema extends z.ZodType> {
  payload: Schema
  /**
   * Attempts in all where the service itself could not do it (what is thrown); graphile-worker waits longer before each
   * (exp(attempt) seconds).
   */
  maxAttempts: number
  run: (context: Context, payload: z.output<Schema>) => Promise<Again | null | void>
}

/**
 * A task as graphile-worker takes it; a payload that does not fit fails the job. A job that is run again is a new one: a
 * worker that dies before that was written leaves its own locked, and so to the next worker.
 */
export function queueTask<Context, Schema extends z.ZodType>(
  context: Context,
  name: string,
  { payload: schema, maxAttempts, run }: Task<Context, Schema>,
): QueueTask {
  return async (payload, helpers) => {
    const again = await run(context, schema.parse(payload))
    if (again) await sameJobAgain(name, helpers, { ...again, maxAttempts })
  }
}

/** Puts a job that just runs into the queue anew. It gives its key away, and ends with its function. */
export async function sameJobAgain(
  name: string,
  { job, addJob }: JobHelpers,
  { inMs, maxAttempts = job.max_attempts }: Again & { maxAttempts?: number },
): Promise<void> {
  await addJob(name, job.payload, {
    runAt: new Date(Date.now() + inMs),
    maxAttempts,
    ...(job.key === null ? {} : { jobKey: job.key }),
    ...(job.flags === null ? {} : { flags: Object.keys(job.flags) }),
  })
}
