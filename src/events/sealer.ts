import { Client } from 'pg'
import { messageOf } from '../lib/errors.ts'
import { seconds } from '../lib/units.ts'
import type { EventBus } from '../platform/event-bus.ts'
import type { Log } from '../platform/log.ts'
import { sealEntries } from './seal-entries.ts'

/** The leader's lease: a lock of its connection, which ends with it. The number is arbitrary and ours. */
const LEASE = 7_203_594_119
/** Another process may have died as leader; this is how soon its place is taken. */
const CANDIDATE_MS = seconds(1)
/** Behind the doorbell. */
const POLL_MS = seconds(1)
/** Between two batches that are not full: entries are sealed together rather than one by one. */
const GATHER_MS = 200

/**
 * Starts this process's candidate for the one sealer of the audit log. Entries are chained after they were committed, so
 * that those who write them never wait for each other. Each batch rings, for those who follow the log.
 */
export function startSealer(url: string, bus: EventBus, log: Log): { stop: () => Promise<void> } {
  let stopped = false
  let rung = false
  let wake: ((byRing: boolean) => void) | null = null
  const stopRinging = bus.onRing(() => {
    rung = true
    wake?.(true)
  })

  /** Ends early with our end, and where it may with a ring. */
  const pause = async (ms: number, untilRung: boolean): Promise<void> => {
    if (stopped || (untilRung && rung)) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      wake = (byRing) => {
        if (byRing && !untilRung) return
        clearTimeout(timer)
        resolve()
      }
    })
    wake = null
  }

  const lead = async (): Promise<void> => {
    const client = new Client({ connectionString: url, keepAlive: true, application_name: 'patchbay-sealer' })
    client.on('error', (error) => log.warn({ reason: error.message }, 'the sealer lost its connection'))
    await client.connect()
    try {
      while (!stopped && !(await takeLease(client))) await pause(CANDIDATE_MS, false)
      while (!stopped) {
        rung = false
        const { sealed, more } = await sealEntries(client)
        if (sealed > 0) bus.ring()
        if (more) continue
        await pause(GATHER_MS, false)
        await pause(POLL_MS, true)
      }
    } finally {
      await client
        .end()
        .catch((error: unknown) => log.debug({ reason: messageOf(error) }, 'the sealer hung up'))
    }
  }

  const run = async (): Promise<void> => {
    while (!stopped) {
      try {
        await lead()
      } catch (error) {
        log.warn({ reason: messageOf(error) }, 'the sealer failed, beginning anew')
        await pause(CANDIDATE_MS, false)
      }
    }
  }
  const running = run()
  return {
    async stop() {
      stopped = true
      wake?.(false)
      stopRinging()
      await running
    },
  }
}

async function takeLease(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [LEASE])
  return rows[0]!.taken
}
