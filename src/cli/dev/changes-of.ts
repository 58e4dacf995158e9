import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { watch } from 'chokidar'

/** Editors write a file in several steps; after so much quiet they have done. Milliseconds. */
const QUIET_MS = 50

/** Yields at once, and then whenever something in a folder was saved; what is saved meanwhile counts once. */
export async function* changesOf(folder: string, signal: AbortSignal): AsyncGenerator<void, void, undefined> {
  const watcher = watch(folder, {
    ignoreInitial: true,
    ignored: (path) => isNoise(path.slice(folder.length)),
  })
  const bell = new EventTarget()
  let changed = true
  let failure: Error | null = null
  const ring = (): void => void bell.dispatchEvent(new Event('change'))
  watcher.on('all', () => {
    changed = true
    ring()
  })
  watcher.on('error', (error) => {
    failure = error instanceof Error ? error : new Error(String(error))
    ring()
  })
  try {
    // What is saved before it watches would be missed.
    await once(watcher, 'ready', { signal })
    while (!signal.aborted && failure === null) {
      if (changed) {
        changed = false
        yield
        continue
      }
      await once(bell, 'change', { signal })
      await delay(QUIET_MS, undefined, { signal })
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    await watcher.close()
  }
  if (failure !== null) throw failure as Error
}

/** What is never part of a package. */
function isNoise(path: string): boolean {
  return path.split(/[\\/]/).some((part) => part === 'node_modules' || part.startsWith('.'))
}
