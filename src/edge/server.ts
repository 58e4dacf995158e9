import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { GraphQLSchema } from 'graphql'
import type { App } from '../app.ts'
import { messageOf } from '../lib/errors.ts'
import { seconds } from '../lib/units.ts'
import { StartError } from '../platform/start-error.ts'
import { serveDownload } from './download.ts'
import { serveExtension } from './extension.ts'
import { serveGraphql } from './graphql.ts'
import { openLiveConnections } from './live-connections.ts'
import { servePublished } from './published.ts'
import { discardRest } from './read-body.ts'
import { requestIdOf } from './request-context.ts'
import { HttpError, httpErrorOf, sendError, sendJson } from './respond.ts'
import { setSecurityHeaders } from './security-headers.ts'
import { acceptWebSockets } from './websocket.ts'
import { createGraph } from './yoga.ts'

/** A server that listens. */
export interface RunningServer {
  /** An address that can be opened on this machine, without a path. */
  url: string
  port: number
  /** From now on `/readyz` says yes. */
  ready(): void
  /** Ends open streams with a clear word, lets requests finish for some seconds, and closes. */
  close(): Promise<void>
}

/** Requests that run when the server is stopped get this long. */
const FINISH_MS = seconds(4)

/** Serves the graph over HTTP, SSE and WebSocket, plugins' routes below `/ext`, archives below `/packages`, `/livez` and `/readyz`. */
export async function startServer(app: App, schema: GraphQLSchema): Promise<RunningServer> {
  const { config, log } = app
  const served = config.role !== 'worker'
  const graph = createGraph(app, schema)
  const live = openLiveConnections(app)
  const stopping = new AbortController()
  let isReady = false

  const route = async (
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
  ): Promise<void> => {
    const url = parseUrl(request)
    if (url.pathname === '/livez') return sendJson(response, 200, { live: true })
    if (url.pathname === '/readyz') return sendReadiness(app, response, isReady)
    if (served && url.pathname === '/graphql') {
      return await serveGraphql(
        { app, graph, live, stopping: stopping.signal, requestId },
        request,
        response,
        url,
      )
    }
    if (served && url.pathname.startsWith('/ext/')) return await serveExtension(app, request, response, url)
    if (served && url.pathname.startsWith('/packages/'))
      return await serveDownload(app, request, response, url)
    if (served && (await servePublished(app, request.method, url.pathname, response))) return
    if (served && url.pathname === '/' && request.method === 'GET') {
      response.writeHead(302, { location: '/graphql' }).end()
      return
    }
    const where = served
      ? 'the graph is at /graphql'
      : 'this worker serves only /livez and /readyz, the graph an api'
    throw new HttpError(404, 'NOT_FOUND', `There is nothing at this address; ${where}.`)
  }

  const http = createServer((request, response) => {
    const requestId = requestIdOf(request.headers['x-request-id'])
    response.setHeader('x-request-id', requestId)
    setSecurityHeaders(response)
    route(request, response, requestId).catch((error: unknown) => {
      const told = httpErrorOf(error)
      if (told === null)
        log.error(
          { requestId, reason: error instanceof Error ? error.stack : messageOf(error) },
          'a request failed',
        )
      sendError(response, told ?? new HttpError(500, 'INTERNAL_SERVER_ERROR', 'Unexpected error.'))
      discardRest(request)
    })
  })
  const webSockets = served ? acceptWebSockets(app, http, graph, live) : null
  await listen(http, config.port, config.host)
  const { port } = http.address() as AddressInfo

  return {
    url: `http://${openableHost(config.host)}:${port}`,
    port,
    ready() {
      isReady = true
    },
    async close() {
      isReady = false
      live.close()
      const closed = new Promise((resolve) => http.close(resolve))
      stopping.abort()
      await webSockets?.close()
      http.closeIdleConnections()
      const cut = setTimeout(() => http.closeAllConnections(), FINISH_MS)
      await closed
      clearTimeout(cut)
    },
  }
}

async function listen(http: ReturnType<typeof createServer>, port: number, host: string): Promise<void> {
  http.listen(port, host)
  try {
    await once(http, 'listening')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE')
      throw new StartError(`Port ${port} of ${host} is in use: set PORT to another, or to 0 for any.`)
    if (code === 'EACCES')
      throw new StartError(`Port ${port} may not be used by this user: set PORT to one above 1023.`)
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new StartError(`HOST ${host} is no address of this machine.`)
    throw error
  }
}

/** What a person can open where the server listens on every address. */
function openableHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

function parseUrl(request: IncomingMessage): URL {
  const text = `http://localhost${request.url ?? '/'}`
  if (!URL.canParse(text))
    throw new HttpError(400, 'BAD_USER_INPUT', 'The address of this request is malformed.')
  return new URL(text)
}

/** Whether traffic may come: everything is up, and the database answers now. */
async function sendReadiness(app: App, response: ServerResponse, started: boolean): Promise<void> {
  const database = await app.database.pool.query('select 1').then(
    () => true,
    () => false,
  )
  const ready = started && database && app.runtime.status().ok
  sendJson(response, ready ? 200 : 503, { ready, started, database, sandbox: app.runtime.status().ok })
}
