import { GraphQLError } from 'graphql'
import { RequestError } from '../lib/errors.ts'
import { BlobStoreUnavailable } from '../platform/blobs/blob-store.ts'
import type { Log } from '../platform/log.ts'

/**
 * What is told of an error: our own refusals with their code, what is wrong with the request itself, and of everything
 * else nothing but that it happened. That is logged once, here.
 */
export function maskError(log: Log): (error: unknown) => GraphQLError {
  return (error) => {
    const graphqlError = error instanceof GraphQLError ? error : null
    const original = rootOf(error)
    if (original instanceof RequestError) return told(original.message, original.code, graphqlError)
    if (original instanceof BlobStoreUnavailable) {
      log.error(
        { reason: original.message, path: graphqlError?.path },
        'the store of archives is unavailable',
      )
      return told(original.told, 'UNAVAILABLE', graphqlError)
    }
    if (original instanceof GraphQLError) {
      return told(original.message, codeOf(original), graphqlError, httpOf(original))
    }
    if (isUnstorable(original)) return told(UNSTORABLE, 'BAD_USER_INPUT', graphqlError)
    log.error(
      {
        reason: original instanceof Error ? (original.stack ?? original.message) : String(original),
        path: graphqlError?.path,
      },
      'a request failed',
    )
    return told('Unexpected error.', 'INTERNAL_SERVER_ERROR', graphqlError)
  }
}

const UNSTORABLE = 'Text may hold neither NUL nor half a surrogate pair.'

/** PostgreSQL refuses text that it cannot hold; arguments of type String come to it unchecked. */
function isUnstorable(error: unknown): boolean {
  return (
    error instanceof Error &&
    /invalid byte sequence for encoding|unsupported Unicode escape sequence|lone leading surrogate|\\u0000 cannot be/i.test(
      error.message,
    )
  )
}

/** The error that a resolver threw, below those that wrap it. */
function rootOf(error: unknown): unknown {
  let current = error
  while (current instanceof GraphQLError && current.originalError) current = current.originalError
  return current
}

/** What is wrong with the request itself has one code, whichever library found it. */
function codeOf(error: GraphQLError): string {
  const code = error.extensions['code']
  if (typeof code !== 'string' || code.startsWith('GRAPHQL_') || code === 'BAD_REQUEST')
    return 'BAD_USER_INPUT'
  return code
}

/** The HTTP status of a request that was not executed: as the library says, else 400 where the client reads statuses. */
function httpOf(error: GraphQLError): Record<string, unknown> {
  // A body that is no GraphQL request at all is 400 for every client.
  if (error.extensions['code'] === 'BAD_REQUEST') {
    return { http: { status: 400, ...(error.extensions['http'] as object), spec: false } }
  }
  if (error.extensions['http'] !== undefined) return { http: error.extensions['http'] }
  return error.path === undefined ? { http: { spec: true, status: 400 } } : {}
}

function told(
  message: string,
  code: string,
  error: GraphQLError | null,
  extensions: Record<string, unknown> = {},
): GraphQLError {
  return new GraphQLError(message, {
    ...(error?.nodes ? { nodes: error.nodes } : {}),
    ...(error?.source ? { source: error.source } : {}),
    ...(error?.positions ? { positions: error.positions } : {}),
    ...(error?.path ? { path: error.path } : {}),
    extensions: { ...extensions, code },
  })
}
