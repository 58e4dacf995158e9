import type { IncomingMessage, ServerResponse } from 'node:http'
import type { App } from '../app.ts'
import { serveRoute } from '../features/execution/serve-route.ts'
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
  const { site, ...query } = Object.fromEntries(url.searchParams)
  const header = request.headers['x-patchbay-site']
  const answer = await serveRoute(app, {
    method: request.method ?? 'GET',
    plugin: matched[1]!,
    path: matched[2] ?? '/',
    query,
    headers: plainHeaders(request),
    body: await readBody(request, MAX_BODY_BYTES),
    authorization: request.headers.authorization ?? null,
    siteHint: typeof header === 'string' ? header : (site ?? null),
  })
  // A plugin's page is a stranger's: it may not run script in our origin.
  response.setHeader(
    'content-security-policy',
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
  )
  response.writeHead(answer.status, answer.headers).end(request.method === 'HEAD' ? undefined : answer.body)
}

function plainHeaders(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value] as const] : [],
    ),
  )
}
