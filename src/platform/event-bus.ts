import { Client } from 'pg'
import { messageOf } from '../lib/errors.ts'
import { seconds } from '../lib/units.ts'
import type { Log } from './log.ts'
import { StartError } from './start-error.ts'

/** One channel for all: it says "look", never what. */
const CHANNEL = 'patchbay'
/** At most one NOTIFY in this time: it takes a lock of the whole server at commit. */
const RING_INTERVAL_MS = 5
/** A LISTEN connection can die silently; it is asked this often whether it lives. */
const HEARTBEAT_MS = seconds(10)
/** An answer to the heartbeat, or to the probe at start, that takes longer is none. */
const ANSWER_TIMEOUT_MS = seconds(5)
const RECONNECT_MS = { first: 50, most: seconds(2) }

/** Tells all processes on a database that there are new events. */
export interface EventBus {
  /**
   * Rings in every process, this one too; several calls within some milliseconds are one. Never throws.
   *
   * @param withinMs how long it may take where nobody else rings, 5 where left out
   */
  ring(withinMs?: number): void
  /** Calls back on each ring, and after each reconnect, since rings may have been missed. Returns what ends that. */
  onRing(listener: () => void): () => void
  /** Whether rings arrive now. */
  connected(): boolean
  close(): Promise<void>
}

/** Connects and proves by a NOTIFY to itself that the address is no transaction pooler, through which LISTEN is lost. */
export async function openEventBus(url: string, log: Log): Promise<EventBus> {
  const listeners = new Set<() => void>()
  let client: Client | null = null
  let closed = false
  let wanted = false
  let ringTimer: NodeJS.Timeout | null = null
  let ringAt = Infinity
  let retryMs = RECONNECT_MS.first

  const hear = (): void => {
    for (const listener of listeners) listener()
  }

  const connect = async (): Promise<void> => {
    const next = new Client({ connectionString: url, keepAlive: true, application_name: 'patchbay-bus' })
    next.on('notification', hear)
    next.on('error', (error) => lose(next, error))
    next.on('end', () => lose(next, new Error('the connection ended')))
    await next.connect()
    await next.query(`listen ${CHANNEL}`)
    client = next
    retryMs = RECONNECT_MS.first
  }

  const lose = (lost: Client, error: unknown): void => {
    if (lost !== client || closed) return
    client = null
    log.warn({ reason: messageOf(error) }, 'event bus lost its connection, connecting anew')
    lost.end().catch(() => undefined)
    reconnect()
  }

  const reconnect = (): void => {
    if (closed) return
    connect().then(
      () => {
        hear()
        if (wanted) send()
      },
      (error: unknown) => {
        log.warn({ reason: messageOf(error), retryMs }, 'event bus cannot connect')
        setTimeout(reconnect, retryMs).unref()
        retryMs = Math.min(retryMs * 2, RECONNECT_MS.most)
      },
    )
  }

  /** One after the other, since a client takes one query at a time; of a lost one nobody waits any more. */
  const said = new WeakMap<Client, Promise<unknown>>()
  const say = async (to: Client, sql: string): Promise<void> => {
    const answered = (said.get(to) ?? Promise.resolve()).then(() => to.query(sql))
    said.set(
      to,
      answered.catch(() => undefined),
    )
    await answered
  }

  const send = (): void => {
    ringTimer = null
    const current = client
    if (current === null || !wanted) return
    wanted = false
    say(current, `notify ${CHANNEL}`).catch((error: unknown) => {
      wanted = true
      lose(current, error)
    })
  }

  const heartbeat = setInterval(() => {
    const current = client
    if (current === null) return
    answerOf(say(current, 'select 1')).catch((error: unknown) => lose(current, error))
  }, HEARTBEAT_MS)
  heartbeat.unref()

  await connect()
  await proveListen(client!)

  return {
    ring(withinMs = RING_INTERVAL_MS) {
      wanted = true
      const dueAt = performance.now() + withinMs
      if (ringTimer !== null && ringAt <= dueAt) return
      if (ringTimer !== null) clearTimeout(ringTimer)
      ringTimer = setTimeout(send, withinMs)
      ringAt = dueAt
    },
    onRing(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    connected: () => client !== null,
    async close() {
      closed = true
      clearInterval(heartbeat)
      if (ringTimer !== null) {
        clearTimeout(ringTimer)
        if (client !== null) await say(client, `notify ${CHANNEL}`).catch(() => undefined)
      }
      await client?.end().catch(() => undefined)
    },
  }
}

/** Fails where our own NOTIFY does not come back. */
async function proveListen(client: Client): Promise<void> {
  const heard = new Promise<void>((resolve) => {
    client.once('notification', () => resolve())
  })
  await client.query(`notify ${CHANNEL}`)
  await answerOf(heard).catch(() => {
    throw new StartError(
      'DATABASE_URL does not carry LISTEN/NOTIFY: a pooler in transaction mode stands between. Give the address of PostgreSQL itself, or of a session pool.',
    )
  })
}

/** The answer, or an error after a while. */
async function answerOf<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${ANSWER_TIMEOUT_MS} ms`)), ANSWER_TIMEOUT_MS)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
