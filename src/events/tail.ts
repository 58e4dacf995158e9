import type { Pool } from 'pg'
import { messageOf, RequestError } from '../lib/errors.ts'
import { MiB, seconds } from '../lib/units.ts'
import type { EventBus } from '../platform/event-bus.ts'
import type { Log } from '../platform/log.ts'
import type { EventRecord } from './catalog.ts'
import type { EventCursor } from './cursor.ts'
import {
  currentPosition,
  isVisible,
  missedSince,
  readEvents,
  type EventBatch,
  type StreamedEvent,
} from './read-events.ts'

/** The live stream of a process: reads each committed event once and hands it to all who listen here. */
export interface EventTail {
  /**
   * Events as they are committed, or from behind `after` on, without gap or duplicate. Ends when `signal` aborts;
   * throws RATE_LIMITED to a reader who falls too far behind: he resumes from his last cursor.
   */
  subscribe(after: EventCursor | null, signal: AbortSignal): AsyncGenerator<StreamedEvent, void, undefined>
  /** For what the process itself does on events; called in order, must not throw or wait. */
  onEvent(listener: (event: EventRecord) => void): void
  /** Resolves when all that was committed before the call has been handed out. */
  catchUp(): Promise<void>
  close(): Promise<void>
}

/** A reader that is this many events, or bytes of them, behind is cut off rather than buffered. */
const MAX_QUEUED = 1_000
const MAX_QUEUED_BYTES = 8 * MiB
/** Behind the doorbell: a ring that was lost costs no more than this. */
const POLL_MS = seconds(1)

/** Starts at the present: what was committed before is read only by those who ask for it with `after`. */
export async function openEventTail(pool: Pool, bus: EventBus, log: Log): Promise<EventTail> {
  let position = await currentPosition(pool)
  const queues = new Set<LiveQueue>()
  const listeners = new Set<(event: EventRecord) => void>()
  let closed = false
  let again = false
  let running: Promise<void> | null = null

  const handOut = (batch: EventBatch): void => {
    position = batch.position
    for (const event of batch.events) {
      for (const listener of listeners) listener(event)
      for (const queue of queues) queue.push({ event, from: batch.from, to: batch.to })
    }
  }

  const drain = async (): Promise<void> => {
    do {
      again = false
      let batch: EventBatch
      do {
        // What the process itself does depends on our own events; megabytes of others are for subscribers alone.
        const payloads = queues.size === 0 ? 'ours' : 'all'
        batch = await readEvents(pool, position, payloads)
        // One came meanwhile: it is to have them.
        if (payloads === 'ours' && queues.size > 0) batch = await readEvents(pool, position)
        handOut(batch)
      } while (batch.position.seq !== null)
    } while (again && !closed)
  }

  const advance = (): Promise<void> => {
    if (closed) return Promise.resolve()
    again = true
    running ??= drain()
      .catch((error: unknown) => {
        again = false
        log.warn({ reason: messageOf(error) }, 'events could not be read, trying again')
      })
      .finally(() => {
        running = null
        if (again) void advance()
      })
    return running
  }

  bus.onRing(() => void advance())
  const poll = setInterval(() => void advance(), POLL_MS)
  poll.unref()

  return {
    async *subscribe(after, signal) {
      const queue = new LiveQueue(signal)
      queues.add(queue)
      try {
        let seen: string | null = null
        if (after !== null) seen = yield* missedSince(pool, after, signal)
        for await (const streamed of queue) {
          if (seen === null || !isVisible(streamed.event.xid, seen)) yield streamed
        }
      } finally {
        queues.delete(queue)
      }
    },
    onEvent(listener) {
      listeners.add(listener)
    },
    catchUp: advance,
    async close() {
      closed = true
      clearInterval(poll)
      for (const queue of queues) queue.end()
      await running
    },
  }
}

/** Holds what one reader has not taken yet. */
class LiveQueue implements AsyncIterable<StreamedEvent> {
  #items: StreamedEvent[] = []
  #wake: (() => void) | null = null
  #ended = false
  #overflown = false
  #bytes = 0

  constructor(signal: AbortSignal) {
    if (signal.aborted) this.#ended = true
    else signal.addEventListener('abort', () => this.end(), { once: true })
  }

  push(item: StreamedEvent): void {
    if (this.#ended) return
    this.#bytes += item.event.size
    if (this.#items.length >= MAX_QUEUED || this.#bytes > MAX_QUEUED_BYTES) {
      this.#overflown = true
      this.end()
      return
    }
    this.#items.push(item)
    this.#wake?.()
  }

  end(): void {
    this.#ended = true
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<StreamedEvent, void, undefined> {
    for (;;) {
      const item = this.#items.shift()
      if (item !== undefined) {
        this.#bytes -= item.event.size
        yield item
        continue
      }
      if (this.#overflown) {
        throw new RequestError(
          'RATE_LIMITED',
          `This reader fell too far behind. Subscribe again with \`after\` set to the last cursor that you have.`,
        )
      }
      if (this.#ended) return
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      this.#wake = null
    }
  }
}
