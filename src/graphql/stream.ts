import { requireKnown } from '../auth/authorize.ts'
import { noteStream } from '../auth/open-streams.ts'
import { decodeEventCursor, encodeEventCursor } from '../events/cursor.ts'
import type { StreamedEvent } from '../events/read-events.ts'
import type { Context } from './context.ts'

/**
 * A subscription over the outbox: `pick` makes of each event what this subscriber gets of it (nothing where it may not
 * be seen or was not asked for). Ends when the client goes, its key is revoked, or the server stops.
 */
export function eventStream<Item>(
  context: Context,
  after: string | null | undefined,
  pick: (event: StreamedEvent) => Iterable<Item> | Promise<Iterable<Item>>,
): AsyncIterable<Item> & AsyncIterator<Item> {
  requireKnown(context.actor)
  const cursor = after ? decodeEventCursor(after) : null
  return abortable(context, async function* (signal) {
    for await (const streamed of context.app.events.subscribe(cursor, signal)) {
      for (const item of await pick(streamed)) yield item
    }
  })
}

/** The cursor behind an event of a stream; `index` is the part of it, where one event carries several. */
export function cursorOf({ event, from, to }: StreamedEvent, index = -1): string {
  return encodeEventCursor({ from, to, seq: event.seq, index })
}

/** The parts of an event that stand behind the one which `after` names, where it names one of this event's. */
export function partsAfter<Part>(
  parts: readonly Part[],
  streamed: StreamedEvent,
  after: string | null | undefined,
) {
  const numbered = parts.map((part, index) => ({ part, index }))
  if (!after) return numbered
  const cursor = decodeEventCursor(after)
  if (cursor.index < 0 || cursor.seq !== streamed.event.seq) return numbered
  return numbered.filter(({ index }) => index > cursor.index)
}

/**
 * An async iterator whose `return` takes effect at once: a generator that waits for its next event would only end with
 * that event. It counts as one of the open streams; `installationId` is the installation that it follows.
 */
export function abortable<Item>(
  context: Context,
  make: (signal: AbortSignal) => AsyncGenerator<Item, void, undefined>,
  installationId: string | null = null,
): AsyncIterableIterator<Item> {
  const returnPlace = context.takeStream()
  const uncount = noteStream(context.app, context.actor, installationId)
  const giveBack = (): void => {
    returnPlace()
    uncount()
  }
  const own = new AbortController()
  const generator = make(AbortSignal.any([context.signal, own.signal]))
  return {
    async next() {
      // A stream may last for days: each of its answers reads anew, and may hold what one answer may.
      context.loaders.clear()
      try {
        const result = await generator.next()
        if (result.done) giveBack()
        return result
      } catch (error) {
        giveBack()
        throw error
      }
    },
    async return() {
      own.abort()
      giveBack()
      await generator.return(undefined)
      return { done: true, value: undefined }
    },
    async throw(error) {
      own.abort()
      giveBack()
      return await generator.throw(error)
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
