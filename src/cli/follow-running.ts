import { setTimeout as delay } from 'node:timers/promises'
import { CliUnendedRunsDocument, type CliRunFragment } from '../../schema/generated/graphql.ts'
import { hours, minutes, seconds } from '../lib/units.ts'
import { isUnreachable } from './graph/errors.ts'
import type { Graph } from './graph/graph.ts'

/** As often as a server writes down what a run that goes on has logged. */
const LOOK_MS = seconds(1)
/** Runs that are looked for at once. */
const MOST = 50
/** The longest that a run may take, or so: what goes on when somebody begins to look. */
const FIRST_LOOK_BACK_MS = hours(1)
/** From then on what is new, however much the two clocks differ. */
const LOOK_BACK_MS = minutes(1)

/** Runs that ended whose ids are kept: an answer that was on its way meanwhile is no older. */
const MOST_ENDED = 1_000

/** Lines of runs that go on, told once, so that the end of a run tells the rest. */
export class RunningLines {
  #told = new Map<string, number>()
  #ended = new Set<string>()

  /** The run with those of its lines that were not told yet. */
  rest(run: CliRunFragment): CliRunFragment {
    const { id, outcome, logs } = run
    if (outcome === null && this.#ended.has(id)) return { ...run, logs: [] }
    const known = this.#told.get(id) ?? 0
    if (outcome === null) this.#told.set(id, logs.length)
    else this.#end(id)
    // One whose worker died begins its log anew.
    return { ...run, logs: logs.length < known ? logs : logs.slice(known) }
  }

  #end(id: string): void {
    this.#told.delete(id)
    if (this.#ended.size >= MOST_ENDED) this.#ended.delete(this.#ended.values().next().value!)
    this.#ended.add(id)
  }
}

/** Hands over runs of an installation that wait or go on, each with all that it has logged, about once a second. */
export async function followRunning(
  graph: Graph,
  installationOf: () => string,
  tell: (run: CliRunFragment) => void,
  signal: AbortSignal,
): Promise<void> {
  let known: string[] = []
  let lookBackMs = FIRST_LOOK_BACK_MS
  while (!signal.aborted) {
    const from = new Date(Date.now() - lookBackMs).toISOString()
    const variables = { installationId: installationOf(), from, last: MOST, known }
    try {
      const { invocations, nodes } = await graph.request(CliUnendedRunsDocument, variables)
      const unended = [...invocations.nodes, ...nodes.filter(isRun)].filter(({ outcome }) => outcome === null)
      for (const run of unended) tell(run)
      known = [...new Set(unended.map(({ id }) => id))].slice(-MOST)
      lookBackMs = LOOK_BACK_MS
    } catch (error) {
      // Whoever follows what finishes tells of it.
      if (!isUnreachable(error)) throw error
    }
    await delay(LOOK_MS, undefined, { signal }).catch(() => undefined)
  }
}

function isRun(node: object | null): node is CliRunFragment {
  return node !== null && 'logs' in node
}
