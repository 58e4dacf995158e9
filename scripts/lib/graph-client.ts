import { createClient, type Client } from 'graphql-ws'
import { WebSocket } from 'ws'
import type { TypedDocumentString } from '../../schema/generated/graphql.ts'

/** What the server refused, with its code. */
export class GraphError extends Error {
  readonly code: string

  constructor(message: string, code: string) {
    super(message)
    this.name = 'GraphError'
    this.code = code
  }
}

/** A caller of the graph, by the typed documents of `schema/operations/`. */
export interface GraphClient {
  /** The data of a query or mutation; throws GraphError. Files among the variables go as a multipart request. */
  request<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    variables: Variables,
  ): Promise<Result>
  /** What a subscription delivers, over one WebSocket; throws where the server ends it with an error. */
  subscribe<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    variables: Variables,
  ): AsyncIterableIterator<Result>
  close(): Promise<void>
}

/** `url` is the server's address without a path. */
export function graphClient(url: string, key: string): GraphClient {
  const authorization = `Bearer ${key}`
  const endpoint = new URL('/graphql', url).href
  const sockets: Client = createClient({
    url: endpoint.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization },
    retryAttempts: 0,
    lazyCloseTimeout: 500,
  })
  return {
    async request<Result, Variables>(document: TypedDocumentString<Result, Variables>, variables: Variables) {
      const files = filesOf(variables)
      const response = await fetch(endpoint, {
        method: 'POST',
        headers: { authorization, ...(files.size > 0 ? {} : { 'content-type': 'application/json' }) },
        body:
          files.size > 0
            ? multipart(String(document), variables, files)
            : JSON.stringify({ query: String(document), variables }),
      })
      return dataOf((await response.json()) as Answer<Result>)
    },
    async *subscribe<Result, Variables>(
      document: TypedDocumentString<Result, Variables>,
      variables: Variables,
    ) {
      const results = sockets.iterate<Result>({
        query: String(document),
        variables: variables as Record<string, unknown>,
      })
      try {
        for await (const result of results) yield dataOf(result as Answer<Result>)
      } catch (error) {
        // A stream that the server ends is told by the list of its errors.
        throw Array.isArray(error) ? errorOf(error as GraphErrors) : error
      }
    },
    close: async () => await sockets.dispose(),
  }
}

interface Answer<Data> {
  data?: Data | null
  errors?: GraphErrors
}

type GraphErrors = readonly { message: string; extensions?: { code?: string } }[]

function dataOf<Data>({ data, errors = [] }: Answer<Data>): Data {
  if (errors.length > 0) throw errorOf(errors)
  return data as Data
}

function errorOf([first]: GraphErrors): GraphError {
  return new GraphError(first?.message ?? 'No reason was given.', first?.extensions?.code ?? 'UNKNOWN')
}

/** Files by their place in the variables, e.g. `variables.input.file`. */
function filesOf(variables: unknown, path = 'variables', found = new Map<string, File>()): Map<string, File> {
  if (variables instanceof File) found.set(path, variables)
  else if (typeof variables === 'object' && variables !== null) {
    for (const [key, value] of Object.entries(variables)) filesOf(value, `${path}.${key}`, found)
  }
  return found
}

/** A request as the GraphQL multipart request specification lays it out. */
function multipart(query: string, variables: unknown, files: ReadonlyMap<string, File>): FormData {
  const form = new FormData()
  const withoutFiles = JSON.stringify({ query, variables }, (_key, value: unknown) =>
    value instanceof File ? null : value,
  )
  form.set('operations', withoutFiles)
  form.set('map', JSON.stringify(Object.fromEntries([...files.keys()].map((path, index) => [index, [path]]))))
  for (const [index, file] of [...files.values()].entries()) form.set(String(index), file)
  return form
}
