import { Client } from 'pg'
import { messageOf } from '../lib/errors.ts'
import { MiB, seconds } from '../lib/units.ts'
import type { EventBus } from '../platform/event-bus.ts'
import type { Log } from '../platform/log.ts'
import { INSTALLATION } from '../platform/queue-shares.ts'
import type { EventRecord } from './catalog.ts'
import { readEvents, type EventPosition } from './read-events.ts'

/** A job that is to follow from an event. */
export interface Enqueue {
  task: string
  payload: object
  /** Unique: the same event never makes two of it. */
  key: string
  maxAttempts: number
}

/** Turns events into the jobs that follow from each of them, in their order. */
export type React = (events: readonly EventRecord[]) => Promise<Enqueue[][]>

/** The leader's lease: a lock of its connection, which ends with it. The number is arbitrary and ours. */
const LEASE = 7_203_594_118
/** Another process may have died as leader; this is how soon its place is taken. */
const CANDIDATE_MS = seconds(1)
/** Behind the doorbell. */
const POLL_MS = seconds(1)
/** Sees nothing: the first relay ever begins with the first event. */
const BEGINNING = '1:1:'

/**
 * Starts this process's candidate for the one leader that turns events into jobs. The leader stores how far it is in the
 * transaction that enqueues, so that each event is turned exactly once, whoever dies when.
 */
export function startRelay(
  url: string,
  bus: EventBus,
  react: React,
  log: Log,
): { stop: () => Promise<void> } {
  let stopped = false
  let wake: (() => void) | null = null
  let rung = false
  bus.onRing(() => {
    rung = true
    wake?.()
  })

  const pause = async (ms: number): Promise<void> => {
    if (stopped || rung) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    wake = null
  }

  const lead = async (): Promise<void> => {
    const client = new Client({
      connectionString: url,
      keepAlive: true,
      application_name: 'patchbay-relay',
    })
    client.on('error', (error) => log.warn({ reason: error.message }, 'the relay lost its connection'))
    await client.connect()
    try {
      while (!stopped && !(await takeLease(client))) {
        rung = false
        await pause(CANDIDATE_MS)
      }
      while (!stopped) {
        rung = false
        const more = await turnBatch(client, react)
        if (!more) await pause(POLL_MS)
      }
    } finally {
      await client
        .end()
        .catch((error: unknown) => log.debug({ reason: messageOf(error) }, 'the relay hung up'))
    }
  }

  const run = async (): Promise<void> => {
    while (!stopped) {
      try {
        await lead()
      } catch (error) {
        log.warn({ reason: messageOf(error) }, 'the relay failed, beginning anew')
        rung = false
        await pause(CANDIDATE_MS)
      }
    }
  }
  const running = run()
  return {
    async stop() {
      stopped = true
      wake?.()
      await running
    },
  }
}

async function takeLease(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [LEASE])
  return rows[0]!.taken
}

/** Turns the next events into jobs. Returns whether there may be more at once. */
async function turnBatch(client: Client, react: React): Promise<boolean> {
  await client.query('begin')
  try {
    const position = await loadPosition(client)
    const batch = await readEvents(client, position, 'ours')
    // An idle relay writes nothing.
    if (batch.events.length > 0) {
      await enqueue(client, batch.events, await react(batch.events))
      await storePosition(client, batch.position, batch.events)
    }
    await client.query('commit')
    return batch.events.length > 0
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

interface PositionRow {
  snapshot: string
  window_start: string | null
  window_seq: string | null
}

async function loadPosition(client: Client): Promise<EventPosition> {
  const { rows } = await client.query<PositionRow>(
    'select snapshot, window_start, window_seq from relay_position where id = 1 for update',
  )
  const row = rows[0]
  if (row === undefined) return { from: null, to: BEGINNING, seq: null }
  return {
    from: row.window_start,
    to: row.snapshot,
    seq: row.window_seq === null ? null : BigInt(row.window_seq),
  }
}

async function storePosition(
  client: Client,
  position: EventPosition,
  events: readonly EventRecord[],
): Promise<void> {
  const highest = events.reduce((most, event) => (event.seq > most ? event.seq : most), 0n)
  await client.query(
    `insert into relay_position (id, snapshot, window_start, window_seq, seq) values (1, $1, $2, $3, $4)
     on conflict (id) do update set snapshot = excluded.snapshot, window_start = excluded.window_start,
       window_seq = excluded.window_seq, seq = greatest(relay_position.seq, excluded.seq)`,
    [position.to, position.from, position.seq?.toString() ?? null, highest.toString()],
  )
}

/** Jobs that are put into the queue by one statement: 1,000 take 30 ms, each by its own 1 s, and the more the longer the queue is. */
const JOBS_AT_ONCE = 1_000
/** Nor more of their payloads: those of jobs that were asked for have up to 1 MiB each. */
const PAYLOAD_BYTES_AT_ONCE = 4 * MiB

async function enqueue(
  client: Client,
  events: readonly EventRecord[],
  following: readonly Enqueue[][],
): Promise<void> {
  // By their keys: one statement cannot add the same job twice, and of two the later one counts.
  const jobs = new Map<string, object>()
  let bytes = 0
  const send = async (): Promise<void> => {
    if (jobs.size > 0) await client.query(ADD_JOBS, [JSON.stringify([...jobs.values()])])
    jobs.clear()
    bytes = 0
  }
  for (const [index, { organizationId }] of events.entries()) {
    for (const job of following[index]!) {
      const payload = JSON.stringify(job.payload)
      jobs.set(job.key, { ...job, payload, flags: whoseJob(job, organizationId) })
      bytes += payload.length
      if (jobs.size === JOBS_AT_ONCE || bytes > PAYLOAD_BYTES_AT_ONCE) await send()
    }
  }
  await send()
}

const ADD_JOBS = `
  select count(*) from graphile_worker.add_jobs(array(
    select (task, payload::json, null, null, "maxAttempts", key, null, flags)::graphile_worker.job_spec
    from json_to_recordset($1::json) as job (task text, payload text, key text, "maxAttempts" int, flags text[])))`

/** Jobs that follow from what happened in an organization take its share of the workers, and that of the plugin that they are for. */
function whoseJob({ payload }: Enqueue, organizationId: string | null): string[] | null {
  if (organizationId === null) return null
  const whose = [`organization:${organizationId}`]
  if ('installationId' in payload) whose.push(`${INSTALLATION}${String(payload.installationId)}`)
  return whose
}
