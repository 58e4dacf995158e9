import { setTimeout as delay } from 'node:timers/promises'
import {
  CliRunFinishedDocument,
  CliRunsDocument,
  type CliRunFragment,
} from '../../schema/generated/graphql.ts'
import { seconds } from '../lib/units.ts'
import { plain, type Console } from './console.ts'
import { isUnreachable } from './graph/errors.ts'
import type { Graph } from './graph/graph.ts'
import { followRunning, RunningLines } from './follow-running.ts'

const PAGE = 100
/** A stream is asked for and served within milliseconds; on a busy server, within this. */
const SETTLED_MS = seconds(1)
/** Runs that are remembered as told: more do not finish while a stream is taken up. */
const MAX_REMEMBERED = 10_000

/** The finished runs of an installation that began at that time or later, oldest first. */
export async function* runsSince(
  graph: Graph,
  installationId: string,
  from: string,
): AsyncGenerator<CliRunFragment, void, undefined> {
  let before: string | null = null
  do {
    const page: { before?: string } = before === null ? {} : { before }
    const variables = { installationId, from, last: PAGE, ...page }
    const { invocations } = await graph.request(CliRunsDocument, variables)
    for (const run of invocations.nodes.toReversed()) if (run.outcome !== null) yield run
    before = invocations.pageInfo.hasPreviousPage ? invocations.pageInfo.startCursor : null
  } while (before !== null)
}

/**
 * Runs as they finish, each once, also across lost connections, until the signal ends it; meanwhile those that go on (with no outcome),
 * each time with what they have logged since. What finishes between asking and listening is in no stream, so that it is looked for
 * until the stream has told its first, where it can be resumed.
 */
export async function followRuns(
  graph: Graph,
  installationId: string,
  { from, tell }: { from: string; tell: (run: CliRunFragment) => void },
  console: Console,
  signal: AbortSignal,
): Promise<void> {
  const told = new Set<string>()
  const lines = new RunningLines()
  let current = installationId
  const tellOnce = (run: CliRunFragment): void => {
    const key = `${run.id} ${run.finishedAt}`
    if (told.has(key)) return
    if (told.size >= MAX_REMEMBERED) told.delete(told.values().next().value!)
    told.add(key)
    // What replaces an installation is told of in its place.
    current = run.installation.id
    tell(lines.rest(run))
  }
  const tellRunning = (run: CliRunFragment): void => {
    const rest = lines.rest(run)
    if (rest.logs.length > 0) tell(rest)
  }
  let hasPlace = false
  let looking: Promise<void> = Promise.resolve()
  let failure: unknown = null
  const ending = new AbortController()
  const ended = AbortSignal.any([signal, ending.signal])
  const look = async (): Promise<void> => {
    for (const wait of [0, SETTLED_MS]) {
      await delay(wait, undefined, { signal: ended }).catch(() => undefined)
      if (hasPlace || ended.aborted) return
      for await (const run of runsSince(graph, installationId, from)) tellOnce(run)
    }
  }
  const opened = (): void => {
    looking = looking.then(look).catch((error: unknown) => {
      // Whoever listens is told that, and asks again when he is let in.
      if (isUnreachable(error)) return
      failure = error
      ending.abort()
    })
  }
  let reason = ''
  const running = followRunning(graph, () => current, tellRunning, ended).catch((error: unknown) => {
    failure = error
    ending.abort()
  })
  const stream = graph.follow(
    CliRunFinishedDocument,
    { installationId },
    { signal: ended, opened, cursorOf: (result) => result.invocationFinished.cursor },
  )
  for await (const step of stream) {
    if (step.kind === 'result') {
      reason = ''
      // What was found by looking is told first.
      if (!hasPlace) await looking
      hasPlace = true
      tellOnce(step.result.invocationFinished.invocation)
    } else if (step.reason !== reason) {
      reason = step.reason
      console.note(`patchbay: the connection is lost (${plain(step.reason)}); trying again.`)
    }
  }
  await Promise.all([looking, running])
  if (failure !== null) throw failure
}
