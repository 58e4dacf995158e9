import { Bell } from './bell.ts'

/** A part of a stream. */
export interface Batch<Item, Place> {
  items: readonly Item[]
  /** Behind it. */
  next: Place
  /** There is or may be more to read at once. */
  more: boolean
}

/** What is read batch by batch, each from its place on, and goes on for ever. */
export interface Followed<Item, Place> {
  begin: () => Promise<Place>
  read: (place: Place) => Promise<Batch<Item, Place>>
  /** Calls back when there may be more; returns what ends that. */
  listen: (ring: () => void) => () => void
  /** Milliseconds between two looks, however often it rings. */
  gatherMs: number
  /** Milliseconds after which it looks all the same. */
  pollMs: number
}

/** The items one by one, as they come, until the signal. Nothing is held for a slow reader: the next batch is read when he asks. */
export async function* followBatches<Item, Place>(
  { begin, read, listen, gatherMs, pollMs }: Followed<Item, Place>,
  signal: AbortSignal,
): AsyncGenerator<Item, void, undefined> {
  const bell = new Bell(signal)
  const stopListening = listen(() => bell.ring())
  try {
    let place: Place = await begin()
    while (!signal.aborted) {
      const { items, next, more } = await read(place)
      yield* items
      place = next
      if (!more) await bell.wait(gatherMs, pollMs)
    }
  } finally {
    stopListening()
  }
}
