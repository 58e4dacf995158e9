import type { Readable } from 'node:stream'
import { seconds } from '../../lib/units.ts'

/** How long a server may take to send what nobody looks at. */
const PATIENCE_MS = seconds(1)

/**
 * Reads what a server sends besides its status, up to so many bytes: one that is cut off amid a short answer takes that for a failure
 * of its own. However the body ends, the status was told.
 */
export async function drainBody(body: Readable, maxBytes: number): Promise<void> {
  const timer = setTimeout(() => body.destroy(), PATIENCE_MS)
  let bytes = 0
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      bytes += chunk.byteLength
      if (bytes > maxBytes) break
    }
  } catch {
    // Cut off by its sender, or by us for taking too long.
  } finally {
    clearTimeout(timer)
  }
}
