import { Logger, run, type Task } from 'graphile-worker'
import { Pool } from 'pg'
import { z } from 'zod'
import { createLog } from '../src/platform/log.ts'
import { migrateQueue, startQueue } from '../src/platform/queue.ts'
import { queueTask } from '../src/platform/task.ts'
import { withDatabase } from './with-database.ts'

const JOBS = 3_000
const ROUNDS = 9
/** Jobs at once, on either side: as many as one installation has of a worker of ours. */
const CONCURRENCY = 6

const log = createLog('error')

/** What a job of a plugin is queued with. */
const PAYLOAD = {
  invocationId: '0198c2a4-5b1e-7c3a-9d2f-1a2b3c4d5e6f',
  installationId: '0198c2a4-5b1e-7c3a-9d2f-6f5e4d3c2b1a',
  job: 'daily-kpi',
  payload: { day: '2026-11-21', departments: ['sales', 'support'] },
}

const SCHEMA = z.object({
  invocationId: z.uuid(),
  installationId: z.uuid(),
  job: z.string(),
  payload: z.json(),
})

/** Jobs a second through our queue and the wrapper of our tasks, against bare graphile-worker, with the same payload. */
export async function measureJobs(): Promise<void> {
  await withDatabase(async ({ url }) => {
    const pool = new Pool({ connectionString: url, max: 12 })
    const broken = (error: Error): void => log.warn({ reason: error.message }, 'a database connection broke')
    // graphile-worker asks for both: of idle connections, and of those in use.
    pool.on('error', broken)
    pool.on('connect', (client) => client.on('error', broken))
    try {
      await migrateQueue(url, log)
      await compare(pool)
    } finally {
      await pool.end()
    }
  })
}

async function compare(pool: Pool): Promise<void> {
  const rates: { ours: number[]; bare: number[] } = { ours: [], bare: [] }
  // The first of each only warms up.
  await measureOurs(pool)
  await measureBare(pool)
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const side of round % 2 === 0 ? (['ours', 'bare'] as const) : (['bare', 'ours'] as const)) {
      rates[side].push(await (side === 'ours' ? measureOurs : measureBare)(pool))
    }
  }
  print('bare graphile-worker', rates.bare)
  print('our queue and task', rates.ours)
  const ratios = rates.ours.map((rate, round) => rate / rates.bare[round]!)
  process.stdout.write(`ratio, median of the rounds      ${median(ratios).toFixed(2)}\n`)
}

async function measureOurs(pool: Pool): Promise<number> {
  return await timed(pool, async (count) => {
    const definition = { payload: SCHEMA, maxAttempts: 25, run: async () => count() }
    const tasks = { work: queueTask(null, 'work', definition) }
    return await startQueue({ pool, tasks, concurrency: CONCURRENCY, log, onLockName: () => undefined })
  })
}

async function measureBare(pool: Pool): Promise<number> {
  return await timed(pool, async (count) => {
    const work: Task = async () => count()
    const logger = new Logger(() => () => undefined)
    return await run({
      pgPool: pool,
      taskList: { work },
      concurrency: CONCURRENCY,
      noHandleSignals: true,
      logger,
    })
  })
}

/** Jobs a second: from the moment when a worker begins on a full queue until the last job was run. */
async function timed(
  pool: Pool,
  start: (count: () => void) => Promise<{ stop: () => Promise<void> }>,
): Promise<number> {
  await pool.query(
    `select graphile_worker.add_job('work', payload := $1::json, job_key := 'job:' || n, max_attempts := 25)
     from generate_series(1, $2) n`,
    [PAYLOAD, JOBS],
  )
  await pool.query('vacuum analyze graphile_worker._private_jobs')
  const done = Promise.withResolvers<void>()
  let left = JOBS
  const began = performance.now()
  const queue = await start(() => {
    left -= 1
    if (left === 0) done.resolve()
  })
  await done.promise
  const seconds = (performance.now() - began) / 1000
  await queue.stop()
  return JOBS / seconds
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}

function print(what: string, rates: readonly number[]): void {
  const sorted = rates.toSorted((a, b) => a - b)
  const [least, most] = [sorted[0]!, sorted.at(-1)!].map((rate) => rate.toFixed(0))
  process.stdout.write(`${what.padEnd(32)} ${median(rates).toFixed(0)} jobs/s  (${least} to ${most})\n`)
}
