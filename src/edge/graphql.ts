import type { IncomingMessage, ServerResponse } from 'node:http'
import type { App } from '../app.ts'
import type { LiveConnections } from './live-connections.ts'
import { checkGraphqlRequest, MAX_GRAPHQL_BODY_BYTES } from './gate.ts'
import { graphiqlPage } from './graphiql.ts'
import { readBody } from './read-body.ts'
import { actorOf, organizationsOf } from './request-context.ts'
import { HttpError, sendResponse } from './respond.ts'
import type { ServerContext, Yoga } from './yoga.ts'

/** How old what we know of a caller may be when his operation begins. */
const MAX_TRUST_MS = 500

interface Parts {
  app: App
  graph: Yoga
  live: LiveConnections
  /** Aborts when the server stops: streams end. */
  stopping: AbortSignal
  requestId: string
}

/** Answers `/graphql`: the graph by HTTP and SSE, and GraphiQL to a browser. */
export async function serveGraphql(
  parts: Parts,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const { app, graph, live, stopping, requestId } = parts
  const began = performance.now()
  if (wantsPage(request, url)) return sendPage(app, response)
  const bodyLimit = checkGraphqlRequest(request, app.config.archiveLimits.packedBytes)
  const { authorization } = request.headers
  let actor = await actorOf(app, authorization)
  // A stranger has nothing to upload.
  const limit = actor.kind === 'stranger' ? Math.min(bodyLimit, MAX_GRAPHQL_BODY_BYTES) : bodyLimit
  const body = limit === 0 ? null : await readBody(request, limit)
  // A key may have been revoked while a slow body came in.
  if (performance.now() - began > MAX_TRUST_MS) actor = await actorOf(app, authorization)

  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const remove = live.add(actor, () => gone.abort())
  const context: ServerContext = {
    actor,
    requestId,
    signal: AbortSignal.any([gone.signal, stopping]),
    takeStream: () => live.takeStream(actor),
    operation: { name: null, type: null, errors: [] },
  }
  try {
    const asked = new Request(url, {
      method: request.method ?? 'GET',
      headers: headersOf(request),
      ...(body === null ? {} : { body }),
    })
    const answer = await app.asking.during(organizationsOf(actor), () => graph.fetch(asked, context))
    await sendResponse(response, answer)
  } finally {
    remove()
    const { name, type, errors } = context.operation
    app.log.info(
      {
        requestId,
        principal: actor.principalId,
        operationName: name,
        operationType: type,
        status: response.statusCode,
        ...(errors.length > 0 ? { errors } : {}),
        durationMs: Math.round((performance.now() - began) * 10) / 10,
      },
      'graphql',
    )
  }
}

/** A browser that opens the address, and not a GraphQL query by GET. */
function wantsPage(request: IncomingMessage, url: URL): boolean {
  const accepts = request.headers.accept ?? ''
  return request.method === 'GET' && accepts.includes('text/html') && !url.searchParams.has('query')
}

async function sendPage(app: App, response: ServerResponse): Promise<void> {
  if (app.config.production) throw new HttpError(404, 'NOT_FOUND', 'GraphiQL is not served in production.')
  const { html, contentSecurityPolicy } = await graphiqlPage()
  response
    .writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': contentSecurityPolicy,
    })
    .end(html)
}

function headersOf(request: IncomingMessage): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) {
    if (typeof value === 'string' && !name.startsWith(':')) headers.set(name, value)
  }
  return headers
}
