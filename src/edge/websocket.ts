import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { GraphQLError, type DocumentNode, type ExecutionArgs } from 'graphql'
import { handleProtocols, type Context as SocketContext } from 'graphql-ws'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer, type WebSocket } from 'ws'
import type { App } from '../app.ts'
import type { Actor } from '../auth/actor.ts'
import { isOver } from '../auth/authenticate.ts'
import { RequestError, type RequestErrorCode } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import { MiB, seconds } from '../lib/units.ts'
import { boundBuffer, closeFirmly } from './guard-socket.ts'
import { maskError } from './mask-error.ts'
import type { LiveConnections } from './live-connections.ts'
import { actorOf, organizationsOf } from './request-context.ts'
import type { ServerContext, Yoga } from './yoga.ts'

/** No message of a client is larger. */
const MAX_MESSAGE_BYTES = 1 * MiB
/** Who has not said who he is by then is sent away (4408). */
const INIT_TIMEOUT_MS = seconds(3)
/** Operations that run at once on a socket, streams among them; a page of a console has a dozen. */
const MAX_OPERATIONS = 100

type Extra = Record<PropertyKey, unknown> & {
  socket: WebSocket
  request: IncomingMessage
  actor?: Actor
  abort?: AbortController
  streams?: number
  remove?: () => void
  /** What runs on this socket, by the client's id for it. */
  running?: Map<string, { context: ServerContext; began: number }>
}

type Socket = SocketContext<Record<string, unknown>, Extra>

/** graphql-ws on the server's own port, through the very same graph as HTTP. Returns how to end it. */
export function acceptWebSockets(
  app: App,
  http: Server,
  graph: Yoga,
  live: LiveConnections,
): { close: () => Promise<void> } {
  const sockets = new WebSocketServer({ noServer: true, handleProtocols, maxPayload: MAX_MESSAGE_BYTES })
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy())
    if (pathOf(request) !== '/graphql') return refuse(socket, '404 Not Found')
    if (!isOwnOrigin(request)) return refuse(socket, '403 Forbidden')
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      boundBuffer(accepted)
      sockets.emit('connection', accepted, request)
    })
  }
  http.on('upgrade', onUpgrade)

  const server = useServer<Record<string, unknown>, Extra>(
    {
      connectionInitWaitTimeout: INIT_TIMEOUT_MS,
      onConnect: (context) => connect(app, live, context),
      onDisconnect: (context) => disconnect(app, context),
      onClose: (context) => disconnect(app, context),
      onSubscribe: (context, id, payload) => prepare(app, graph, live, context, id, payload),
      onComplete: (context, id) => logOperation(app, context, id),
      execute: (args) => carryOut(app, args, operationsOf(args).execute) as never,
      subscribe: (args) => carryOut(app, args, operationsOf(args).subscribe) as never,
      onError: (_context, _id, _payload, errors) => errors.map((error) => maskError(app.log)(error).toJSON()),
    },
    sockets,
  )
  return {
    async close() {
      http.off('upgrade', onUpgrade)
      for (const socket of sockets.clients) closeFirmly(socket, 1012, 'Service restart')
      await server.dispose()
    },
  }
}

/** Says who it is: refused ones are closed with 4403, or 1013 where that cannot be told now. */
async function connect(app: App, live: LiveConnections, context: Socket): Promise<boolean> {
  const { extra, connectionParams } = context
  const given = connectionParams?.['authorization'] ?? connectionParams?.['Authorization']
  try {
    extra.actor = await actorOf(app, typeof given === 'string' ? given : extra.request.headers.authorization)
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    // Whoever tells it from a refusal comes again by himself.
    if (error.code === 'UNAVAILABLE') closeFirmly(extra.socket, 1013, 'Try again later')
    return false
  }
  extra.abort = new AbortController()
  extra.streams = 0
  extra.running = new Map()
  extra.remove = live.add(extra.actor, ({ code, reason }) => {
    extra.abort?.abort()
    closeFirmly(extra.socket, code, reason)
  })
  return true
}

function disconnect(app: App, context: Socket): void {
  const { extra } = context
  for (const id of extra.running?.keys() ?? []) logOperation(app, context, id)
  extra.remove?.()
  extra.abort?.abort()
}

interface Operation {
  query?: string | undefined
  operationName?: string | null | undefined
  variables?: Record<string, unknown> | null | undefined
}

/** Parses and validates by the graph's own rules, and gives the operation its context. */
async function prepare(
  app: App,
  graph: Yoga,
  live: LiveConnections,
  { extra }: Socket,
  id: string,
  payload: Operation,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  const { actor, abort } = extra
  if (actor === undefined || abort === undefined)
    throw new Error('An operation came before its connection was made.')
  if (abort.signal.aborted || isOver(actor, app.clock.now()))
    return [refusal('UNAUTHENTICATED', 'This connection has ended: its key, token or role was changed.')]
  if ((extra.running?.size ?? 0) >= MAX_OPERATIONS) {
    return [
      refusal('RATE_LIMITED', `This socket has ${MAX_OPERATIONS} operations running: wait for some to end.`),
    ]
  }
  const serverContext: ServerContext = {
    actor,
    requestId: newId(),
    signal: abort.signal,
    operation: { name: null, type: null, errors: [] },
    takeStream: () => takeSocketStream(app, live, extra, actor),
  }
  extra.running?.set(id, { context: serverContext, began: performance.now() })
  const enveloped = graph.getEnveloped({ ...serverContext, params: payload } as never)
  const { schema, execute, subscribe, contextFactory, parse, validate } = enveloped as unknown as Enveloped
  try {
    const document = parse(payload.query ?? '')
    const errors = validate(schema, document)
    if (errors.length > 0) return errors
    return {
      schema,
      document,
      contextValue: await contextFactory(),
      operationName: payload.operationName ?? null,
      variableValues: payload.variables ?? null,
      rootValue: { execute, subscribe },
    }
  } catch (error) {
    return [maskError(app.log)(error)]
  }
}

/** An operation that throws is answered by its error; thrown on, it would end the socket and all that runs on it. */
async function carryOut(
  app: App,
  args: ExecutionArgs,
  run: (args: ExecutionArgs) => unknown,
): Promise<unknown> {
  const { actor } = args.contextValue as Pick<ServerContext, 'actor'>
  try {
    return await app.asking.during(organizationsOf(actor), () => run(args))
  } catch (error) {
    return { errors: [maskError(app.log)(error)] }
  }
}

function refusal(code: RequestErrorCode, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } })
}

/** Null where the address cannot be read at all, such as `//`. */
function pathOf(request: IncomingMessage): string | null {
  const text = `http://localhost${request.url ?? '/'}`
  return URL.canParse(text) ? new URL(text).pathname : null
}

interface Enveloped {
  schema: ExecutionArgs['schema']
  parse: (source: string) => DocumentNode
  validate: (schema: ExecutionArgs['schema'], document: DocumentNode) => readonly GraphQLError[]
  contextFactory: () => Promise<unknown>
  execute: (args: ExecutionArgs) => unknown
  subscribe: (args: ExecutionArgs) => unknown
}

function operationsOf(args: ExecutionArgs): Pick<Enveloped, 'execute' | 'subscribe'> {
  return args.rootValue as Pick<Enveloped, 'execute' | 'subscribe'>
}

/** Of the socket's streams and of the principal's. */
function takeSocketStream(app: App, live: LiveConnections, extra: Extra, actor: Actor): () => void {
  const most = app.config.subscriptionsPerSocket
  if ((extra.streams ?? 0) >= most) {
    throw new RequestError(
      'RATE_LIMITED',
      `This socket has ${most} subscriptions already: complete some, or open another.`,
    )
  }
  const giveBack = live.takeStream(actor)
  extra.streams = (extra.streams ?? 0) + 1
  let given = false
  return () => {
    if (given) return
    given = true
    extra.streams = (extra.streams ?? 1) - 1
    giveBack()
  }
}

/** One line for each operation, when it has ended. */
function logOperation(app: App, { extra }: Socket, id: string): void {
  const ended = extra.running?.get(id)
  if (ended === undefined) return
  extra.running?.delete(id)
  const { context, began } = ended
  const { name, type, errors } = context.operation
  app.log.info(
    {
      requestId: context.requestId,
      principal: context.actor.principalId,
      transport: 'websocket',
      operationName: name,
      operationType: type,
      ...(errors.length > 0 ? { errors } : {}),
      durationMs: Math.round((performance.now() - began) * 10) / 10,
    },
    'graphql',
  )
}

/** Browsers tell where a page is from; only our own may open sockets. Other programs send no origin. */
function isOwnOrigin(request: IncomingMessage): boolean {
  const { origin, host } = request.headers
  if (origin === undefined) return true
  return URL.canParse(origin) && new URL(origin).host === host
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
