import { plain } from '../console.ts'
import { CliError, EXIT } from '../exit.ts'
import type { Graph } from '../graph/graph.ts'

/** A payload of which nothing was refused; else a CliError with what the caller can mend. */
export function acceptedBy<Payload extends { userErrors: readonly { code: string; message: string }[] }>(
  graph: Graph,
  payload: Payload,
): Payload {
  const [error, ...others] = payload.userErrors
  if (error === undefined) return payload
  const message = [error, ...others].map((it) => `${it.code}: ${plain(it.message)}`).join(' ')
  throw new CliError(EXIT.refused, error.code, `${graph.url} refused it. ${message}`)
}
