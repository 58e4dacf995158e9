import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import type { TypedDocumentString } from '../../../schema/generated/graphql.ts'
import { messageOf } from '../../lib/errors.ts'
import { seconds } from '../../lib/units.ts'
import { CliError, EXIT } from '../exit.ts'
import { graphError, type GraphErrors } from './errors.ts'

/** One thing that was delivered, or that the stream was lost and will be taken up again. */
export type Followed<Result> = { kind: 'result'; result: Result } | { kind: 'lost'; reason: string }

export interface FollowOptions<Result> {
  /** Where the stream is taken up behind a result. */
  cursorOf: (result: Result) => string
  /** Called when a connection is there and has been asked for the stream, which the server does not confirm. */
  opened: () => void
  signal: AbortSignal
}

interface Server {
  url: string
  endpoint: string
  authorization: string
}

const FIRST_RETRY_MS = seconds(1)
const LAST_RETRY_MS = seconds(30)
/** A connection on which nothing comes back for so long is dead, whatever the system thinks. */
const PING_MS = seconds(20)

/**
 * A subscription that is taken up again behind the last thing that came (`after`) whenever its connection is lost, for as
 * long as it takes. It ends with the signal; it throws where the server will not have it again.
 */
export async function* follow<Result, Variables>(
  server: Server,
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
  { cursorOf, opened, signal }: FollowOptions<Result>,
): AsyncGenerator<Followed<Result>, void, undefined> {
  let after: string | null = null
  let retryMs = FIRST_RETRY_MS
  let closes = 0
  while (!signal.aborted) {
    let reason = 'the server ended it'
    try {
      const query = {
        query: String(document),
        variables: { ...variables, ...(after === null ? {} : { after }) },
      }
      for await (const result of connect<Result>(server, query, opened, signal)) {
        after = cursorOf(result)
        retryMs = FIRST_RETRY_MS
        closes = 0
        yield { kind: 'result', result }
      }
    } catch (error) {
      // A place that the server has forgotten is no reason to end: what is now will be asked for anyway.
      if (after !== null && isGraphError(error, 'BAD_USER_INPUT')) after = null
      else if (isGraphErrors(error) && FINAL_CODES.has(error[0]?.extensions?.code)) {
        throw graphError(error, server.url)
      }
      // Once may be because a role was changed: who comes again is told whether he may.
      if (FINAL_CLOSES.has(closeCode(error)) && ++closes > 1) throw keyRefused(error, server)
      reason = reasonOf(error)
    }
    if (signal.aborted) return
    yield { kind: 'lost', reason }
    await delay(retryMs, undefined, { signal }).catch(() => undefined)
    retryMs = Math.min(retryMs * 2, LAST_RETRY_MS)
  }
}

/** One connection to its end. */
async function* connect<Result>(
  { endpoint, authorization }: Server,
  query: { query: string; variables: Record<string, unknown> },
  opened: () => void,
  signal: AbortSignal,
): AsyncGenerator<Result, void, undefined> {
  const client = createClient({
    url: endpoint.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization },
    retryAttempts: 0,
    lazy: true,
    keepAlive: PING_MS,
    on: {
      connected: opened,
      ping: (received) => void (received || watchForPong()),
      pong: () => clearTimeout(deadline),
    },
  })
  let deadline: NodeJS.Timeout | undefined
  const watchForPong = (): void => {
    clearTimeout(deadline)
    deadline = setTimeout(() => client.terminate(), PING_MS)
  }
  const results = client.iterate<Result>(query)
  const end = (): void => void results.return?.()
  signal.addEventListener('abort', end, { once: true })
  try {
    for await (const { data, errors } of results) {
      if (errors) throw errors
      if (data) yield data
    }
  } finally {
    signal.removeEventListener('abort', end)
    clearTimeout(deadline)
    await client.dispose()
  }
}

/** Close codes of the graphql-ws protocol after which another attempt would end the same. */
const FINAL_CLOSES: ReadonlySet<unknown> = new Set([4400, 4401, 4403, 4406])
const FINAL_CODES: ReadonlySet<unknown> = new Set([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'BAD_USER_INPUT',
])

function isGraphError(error: unknown, code: string): boolean {
  return isGraphErrors(error) && error[0]?.extensions?.code === code
}

function keyRefused(error: unknown, { url }: Server): CliError {
  const message = `${url} has closed the stream (${reasonOf(error)}): use patchbay login with a key that is in force.`
  return new CliError(EXIT.noAccess, 'UNAUTHENTICATED', message)
}

function reasonOf(error: unknown): string {
  if (isGraphErrors(error)) return error[0]?.message ?? 'no reason was given'
  const code = closeCode(error)
  if (code === null) return causeOf(error)
  const { reason } = error as { reason?: unknown }
  return typeof reason === 'string' && reason !== '' ? `${reason}, ${code}` : `code ${code}`
}

/** A connection that could not be made is told by an event, in which the error stands. */
function causeOf(told: unknown): string {
  const error = typeof told === 'object' && told !== null && 'error' in told ? told.error : told
  if (!(error instanceof Error) || error.message !== '') return messageOf(error)
  // Of an address with several numbers the error has no words, but the code of the last.
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

function isGraphErrors(error: unknown): error is GraphErrors {
  return Array.isArray(error)
}

/** Of a WebSocket that was closed; null for anything else. */
function closeCode(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null
  return typeof error.code === 'number' ? error.code : null
}
