import type { ServerResponse } from 'node:http'
import { KiB, seconds } from '../lib/units.ts'

/** A reader that takes nothing for this long is gone, or holds memory on purpose. */
const STALLED_MS = seconds(60)
/** So does one that takes less than this in a second, after a first minute. */
const MIN_BYTES_PER_SECOND = 16 * KiB

/** Waits while so many bytes are read from a response; a reader who is too slow for that is cut off. */
export async function readInTime(
  response: ServerResponse,
  bytes: number,
  reading: () => Promise<unknown>,
): Promise<void> {
  const cut = (): void => void response.destroy()
  const tooSlow = setTimeout(cut, STALLED_MS + (bytes / MIN_BYTES_PER_SECOND) * seconds(1))
  response.once('timeout', cut).setTimeout(STALLED_MS)
  try {
    await reading()
  } finally {
    clearTimeout(tooSlow)
    // The connection may be kept for other requests, which have no such limit.
    response.off('timeout', cut).setTimeout(0)
  }
}
