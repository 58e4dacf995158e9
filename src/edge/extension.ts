import type { IncomingMessage, ServerResponse } from 'node:http'
import type { App } from '../app.ts'
import { serveRoute } from '../features/routes/serve-route.ts'
import { MiB } from '../lib/units.ts'
import { readBody } from './read-body.ts'
import { HttpError } from './respond.ts'

/** What may cross to a plugin at once. */
const MAX_BODY_BYTES = 1 * MiB

/** Answers `/ext/<plugin>/<path>` by the plugin's own route. */
export async function serveExtension(
  app: App,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const matched = /^\/ext\/([a-z0-9-]+)(\/.*)?$/.exec(url.pathname)
  if (matched === null) throw new HttpError(404, 'NOT_FOUND', 'A plugin answers at /ext/<plugin>/<path>.')
  const cors = corsHeaders(app, request)
  if (request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined) {
    response.writeHead(204, cors).end()
    return
  }
  // Also on what is refused, so that a page can read why.
  for (const [name, value] of Object.entries(cors)) response.setHeader(name, value)
  const header = request.headers['x-patchbay-site']
  const answer = await serveRoute(app, {
    method: request.method ?? 'GET',
    plugin: matched[1]!,
    path: matched[2] ?? '/',
    search: url.search,
    headers: plainHeaders(request),
    body: await readBody(request, MAX_BODY_BYTES),
    authorization: request.headers.authorization ?? null,
    siteHint: typeof header === 'string' ? header : url.searchParams.get('site'),
  })
  // A plugin's page is a stranger's: it may not run script in our origin.
  response.setHeader(
    'content-security-policy',
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
  )
  response.writeHead(answer.status, answer.headers).end(request.method === 'HEAD' ? undefined : answer.body)
}

/** How long a browser need not ask again whether it may. Seconds; some keep it for two hours at most. */
const PREFLIGHT_SECONDS = 7200

/**
 * What lets pages of other origins call routes: those that the configuration names. Never with cookies: whoever calls
 * shows a key, which no browser adds by itself.
 */
function corsHeaders(app: App, request: IncomingMessage): Record<string, string> {
  const { corsOrigins } = app.config.routes
  const { origin } = request.headers
  if (corsOrigins.length === 0) return {}
  const isAllowed = origin !== undefined && (corsOrigins.includes('*') || corsOrigins.includes(origin))
  if (!isAllowed) return { vary: 'origin' }
  const preflight = {
    'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
    'access-control-allow-headers':
      'authorization, content-type, if-modified-since, if-none-match, x-patchbay-site',
    'access-control-max-age': String(PREFLIGHT_SECONDS),
  }
  return {
    'access-control-allow-origin': corsOrigins.includes('*') ? '*' : origin,
    'access-control-expose-headers': 'etag, last-modified, link, location, retry-after, x-request-id',
    vary: 'origin',
    ...(request.method === 'OPTIONS' ? preflight : {}),
  }
}

function plainHeaders(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value] as const] : [],
    ),
  )
}
