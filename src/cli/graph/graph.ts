import { Readable } from 'node:stream'
import { Agent, request as httpRequest } from 'undici'
import type { TypedDocumentString } from '../../../schema/generated/graphql.ts'
import { minutes, MiB, seconds } from '../../lib/units.ts'
import type { Profile } from '../profile.ts'
import {
  brokenOff,
  graphError,
  isUnreachable,
  noGraph,
  tooLarge,
  unreachable,
  type GraphErrors,
} from './errors.ts'
import { multipartBody, type Upload } from './multipart.ts'
import type { Followed, FollowOptions } from './follow.ts'

/** A server's graph, asked by the typed documents of `schema/operations/`. What goes wrong is a CliError. */
export interface Graph {
  /** The server's address. */
  readonly url: string
  /** The data of a query or mutation. */
  request<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    variables: Variables,
  ): Promise<Result>
  /** The same with one file among the variables; `sent` is told of its bytes that are on their way. */
  upload<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    variables: Variables,
    file: Upload,
    sent: (bytes: number) => void,
  ): Promise<Result>
  /** What a subscription delivers, also across lost connections: see `follow`. */
  follow<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    variables: Variables,
    options: FollowOptions<Result>,
  ): AsyncGenerator<Followed<Result>, void, undefined>
  close(): Promise<void>
}

/** Answers of reports with a thousand findings stay below a megabyte. */
const MAX_ANSWER_BYTES = 32 * MiB
/** Less than this every server takes. */
const LARGE_BYTES = MiB
const CONNECT_MS = seconds(10)
/** A server inspects for half a minute at most, and may have others waiting. */
const ANSWER_MS = minutes(5)

/** Connects with the first request. */
export function openGraph({ url, token }: Profile): Graph {
  const endpoint = `${url}/graphql`
  const authorization = `Bearer ${token}`
  const agent = new Agent({
    connect: { timeout: CONNECT_MS },
    headersTimeout: ANSWER_MS,
    bodyTimeout: ANSWER_MS,
    maxResponseSize: MAX_ANSWER_BYTES,
  })

  const post = async <Result>(headers: Record<string, string>, body: string | Readable): Promise<Result> => {
    const { statusCode, text } = await httpRequest(endpoint, {
      method: 'POST',
      dispatcher: agent,
      headers: { authorization, accept: 'application/json', ...headers },
      body,
    })
      .then(async ({ statusCode, body: read }) => ({ statusCode, text: await read.text() }))
      .catch((error: unknown) => {
        throw unreachable(url, error)
      })
    if (statusCode === 413) throw tooLarge(url)
    const answer = parse<Result>(text)
    if (answer?.errors !== undefined && answer.errors.length > 0) throw graphError(answer.errors, url)
    if (answer?.data === undefined || answer.data === null) throw noGraph(url, statusCode)
    return answer.data
  }

  return {
    url,
    request: (document, variables) =>
      post({ 'content-type': 'application/json' }, JSON.stringify({ query: String(document), variables })),
    async upload(document, variables, file, sent) {
      const operations = JSON.stringify({ query: String(document), variables })
      const { contentType, size, chunks } = multipartBody(operations, file)
      let done = 0
      const body = chunks((bytes) => {
        done = bytes
        sent(bytes)
      })
      const headers = { 'content-type': contentType, 'content-length': String(size) }
      try {
        return await post(headers, Readable.from(body))
      } catch (error) {
        throw done >= LARGE_BYTES && isUnreachable(error) ? brokenOff(url, done, error) : error
      }
    },
    async *follow(document, variables, options) {
      // WebSockets bring all of graphql along, and most commands follow nothing.
      const { follow } = await import('./follow.ts')
      yield* follow({ url, endpoint, authorization }, document, variables, options)
    },
    close: () => agent.close(),
  }
}

interface Answer<Data> {
  data?: Data | null
  errors?: GraphErrors
}

function parse<Data>(text: string): Answer<Data> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' ? value : null
  } catch {
    // Not JSON: a page of whatever else answers at that address.
    return null
  }
}
