import type { ServerResponse } from 'node:http'
import { once } from 'node:events'
import { RequestError, type RequestErrorCode } from '../lib/errors.ts'
import { seconds } from '../lib/units.ts'
import { readInTime } from './read-in-time.ts'

/** HTTP status of what ends a request outside the graph. */
const STATUS: Record<RequestErrorCode, number> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  BAD_USER_INPUT: 400,
  RATE_LIMITED: 429,
  CONFLICT: 409,
  UNAVAILABLE: 503,
}

/** A refusal before anything is executed, with its HTTP status. */
export class HttpError extends Error {
  readonly status: number
  readonly code: string
  /** When trying again makes sense, if that is known. */
  readonly retryAfterMs: number | null

  constructor(status: number, code: string, message: string, retryAfterMs: number | null = null) {
    super(message)
    this.name = 'HttpError'
    this.status = status
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}

/** The status and code that an error is told with; null where it is ours and nothing of it is told. */
export function httpErrorOf(error: unknown): HttpError | null {
  if (error instanceof HttpError) return error
  if (error instanceof RequestError)
    return new HttpError(STATUS[error.code], error.code, error.message, error.retryAfterMs)
  return null
}

/** An error in the shape of GraphQL, which is what clients of any path of ours can read. */
export function sendError(response: ServerResponse, error: HttpError): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const body = JSON.stringify({ errors: [{ message: error.message, extensions: { code: error.code } }] })
  // What is left of the request's body is not read: the connection ends with the answer.
  const headers = {
    ...(error.status === 413 && { connection: 'close' }),
    ...(error.retryAfterMs !== null && { 'retry-after': String(Math.ceil(error.retryAfterMs / seconds(1))) }),
  }
  response
    .writeHead(error.status, { 'content-type': 'application/json; charset=utf-8', ...headers })
    .end(body)
}

/** Answers with JSON, and ends the response. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body))
}

/** Writes a WHATWG Response, never faster than it is read; who reads too slowly is cut off. */
export async function sendResponse(response: ServerResponse, answer: Response): Promise<void> {
  response.writeHead(answer.status, Object.fromEntries(answer.headers))
  if (answer.body === null) {
    response.end()
    return
  }
  const reader = answer.body.getReader()
  const cancel = (): void => void reader.cancel().catch(() => undefined)
  response.once('close', cancel)
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      if (response.write(value) || response.destroyed) continue
      const read = (): Promise<unknown> => Promise.race([once(response, 'drain'), once(response, 'close')])
      await readInTime(response, value.byteLength, read)
    }
    response.end()
  } finally {
    response.off('close', cancel)
  }
}
