import type { IncomingMessage } from 'node:http'
import { KiB, MiB } from '../lib/units.ts'
import { HttpError } from './respond.ts'

/** Queries with their variables stay far below. */
export const MAX_GRAPHQL_BODY_BYTES = 1 * MiB
/** What a multipart request has beside its file: the operation, the map, the boundaries. */
const MULTIPART_OVERHEAD_BYTES = 64 * KiB
/** A header that a foreign page cannot send without asking (a CORS preflight, which is refused). */
export const CSRF_HEADER = 'x-patchbay-csrf'

/**
 * Refuses what a foreign page could make a browser send, and everything that is no GraphQL over HTTP, before a byte of
 * its body is read. Returns how many bytes the body may have.
 */
export function checkGraphqlRequest(request: IncomingMessage, maxUploadBytes: number): number {
  const { method, headers } = request
  if (method === 'GET' || method === 'OPTIONS') return 0
  if (method !== 'POST')
    throw new HttpError(405, 'BAD_USER_INPUT', 'GraphQL is asked by POST, or by GET for queries.')
  const type = (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase()
  if (type === 'application/json') return MAX_GRAPHQL_BODY_BYTES
  if (type !== 'multipart/form-data') {
    throw new HttpError(
      415,
      'BAD_USER_INPUT',
      'Send `Content-Type: application/json`, or multipart/form-data with a file.',
    )
  }
  if (headers.authorization === undefined && headers[CSRF_HEADER] === undefined) {
    throw new HttpError(
      403,
      'FORBIDDEN',
      `A multipart request needs an Authorization or ${CSRF_HEADER} header.`,
    )
  }
  return maxUploadBytes + MULTIPART_OVERHEAD_BYTES
}
