import type { CliPackageFragment } from '../../schema/generated/graphql.ts'
import type { Console } from './console.ts'
import { CliError, EXIT, type ExitCode } from './exit.ts'
import type { Graph } from './graph/graph.ts'
import { standingLine } from './package-text.ts'
import { watchPackage } from './watch-package.ts'

/** How long to wait, and what is told where it is in vain. */
export interface WaitOptions {
  /** Its reason is thrown. */
  interruption: AbortSignal
  /** Null: for as long as it takes. */
  timeoutMs: number | null
  /** What is told when that time is over. */
  afterTimeout: string
}

/** Tells each change of a package's state until there is a decision; approved is 0, all else 4. */
export async function waitForDecision(
  graph: Graph,
  submitted: CliPackageFragment,
  console: Console,
  { interruption, timeoutMs, afterTimeout }: WaitOptions,
): Promise<ExitCode> {
  const timeout = timeoutMs === null ? null : AbortSignal.timeout(timeoutMs)
  const signal = timeout === null ? interruption : AbortSignal.any([interruption, timeout])
  let told = standingLine(submitted, console)
  console.status('Waiting for a reviewer…')
  for await (const now of watchPackage(graph, submitted, console, signal)) {
    const line = standingLine(now, console)
    if (line !== told) console.result({ event: 'state', package: now }, () => [line])
    told = line
    if (now.status === 'APPROVED') return EXIT.done
    if (now.status === 'REJECTED' || now.status === 'REVOKED') return EXIT.refused
    console.status(now.status === 'IN_REVIEW' ? 'Waiting for the decision…' : 'Waiting for a reviewer…')
  }
  if (interruption.aborted) throw interruption.reason
  throw new CliError(EXIT.undecided, 'UNDECIDED', afterTimeout)
}
