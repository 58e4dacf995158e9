import { setTimeout as delay } from 'node:timers/promises'
import {
  CliPackageByIdDocument,
  CliPackageMovedDocument,
  type CliPackageFragment,
} from '../../schema/generated/graphql.ts'
import { seconds } from '../lib/units.ts'
import { plain, type Console } from './console.ts'
import { CliError, EXIT } from './exit.ts'
import { isUnreachable } from './graph/errors.ts'
import type { Graph } from './graph/graph.ts'

/**
 * Proxies that hold streams back are common, and what happens between asking and listening is in neither: so it is
 * looked at by itself as well.
 */
const LOOK_MS = seconds(15)

/** A stream is asked for and served within milliseconds; on a busy server, within this. */
const SETTLED_MS = seconds(1)

/** How a package stands: now, and whenever that has changed, until the signal ends it. */
export async function* watchPackage(
  graph: Graph,
  { id, plugin }: { id: string; plugin: { id: string } },
  console: Console,
  signal: AbortSignal,
): AsyncGenerator<CliPackageFragment, void, undefined> {
  const bell = makeBell()
  const ending = new AbortController()
  const ended = AbortSignal.any([signal, ending.signal])
  let failure: Error | null = null
  const listening = listen(graph, { id, plugin }, console, ended, bell.ring).catch((error: unknown) => {
    failure = error instanceof Error ? error : new Error(String(error))
    bell.ring()
  })
  let last = ''
  try {
    while (!signal.aborted) {
      const now = await look(graph, id)
      const text = JSON.stringify(now)
      if (now !== null && text !== last) {
        last = text
        yield now
      }
      if (failure !== null) throw failure
      await bell.wait(LOOK_MS, ended)
    }
  } finally {
    ending.abort()
    await listening
  }
}

/** Rings whenever the package moved, or may have while nobody listened. */
async function listen(
  graph: Graph,
  { id, plugin }: { id: string; plugin: { id: string } },
  console: Console,
  signal: AbortSignal,
  ring: () => void,
): Promise<void> {
  let told = ''
  const stream = graph.follow(
    CliPackageMovedDocument,
    { pluginId: plugin.id },
    {
      signal,
      opened: () => void ringTwice(ring, signal),
      cursorOf: (result) => result.packageChanged.cursor,
    },
  )
  for await (const step of stream) {
    if (step.kind === 'result') {
      told = ''
      if (step.result.packageChanged.package.id === id) ring()
    } else if (step.reason !== told) {
      told = step.reason
      console.note(`patchbay: the connection is lost (${plain(step.reason)}); trying again.`)
    }
  }
}

/** At once, and when the server has surely begun to listen for us: in between, something may have happened unheard. */
async function ringTwice(ring: () => void, signal: AbortSignal): Promise<void> {
  ring()
  await delay(SETTLED_MS, undefined, { signal }).then(ring, () => undefined)
}

/** Null where the server cannot be reached just now; whoever listens is told that. */
async function look(graph: Graph, id: string): Promise<CliPackageFragment | null> {
  try {
    const { node } = await graph.request(CliPackageByIdDocument, { id })
    return node === null || !('status' in node) ? null : (node as CliPackageFragment)
  } catch (error) {
    if (isUnreachable(error) || (error instanceof CliError && error.exit === EXIT.unexpected)) return null
    throw error
  }
}

/** Wakes one that waits; ringing beforehand is not lost. */
function makeBell(): { ring: () => void; wait: (timeoutMs: number, signal: AbortSignal) => Promise<void> } {
  let rung = Promise.withResolvers<void>()
  return {
    ring: () => rung.resolve(),
    async wait(timeoutMs, signal) {
      const over = new AbortController()
      const timer = delay(timeoutMs, undefined, { signal: AbortSignal.any([signal, over.signal]) }).catch(
        () => undefined,
      )
      await Promise.race([rung.promise, timer])
      over.abort()
      rung = Promise.withResolvers<void>()
    },
  }
}
