import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { authenticate } from '../../auth/authenticate.ts'
import { can, reachOf } from '../../auth/authorize.ts'
import { decodeGlobalId } from '../../graphql/global-id.ts'
import { RequestError } from '../../lib/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { seconds } from '../../lib/units.ts'
import type { PluginResult } from '../../runtime/runtime.ts'
import { running } from '../installations/policy.ts'
import { holdsContributed } from '../tenancy/contributed-permissions.ts'
import { visibleSites } from '../tenancy/policy.ts'
import { invoke } from '../invocations/invoke.ts'
import { loadTarget, type Target } from '../invocations/target.ts'
import { matchRoute, type MatchedRoute } from './match-route.ts'

/** A request below `/ext/<plugin>/`, free of any server's own types. */
export interface ExtRequest {
  method: string
  plugin: string
  /** Begins with a slash, without `/ext/<plugin>`. */
  path: string
  query: Record<string, string>
  headers: Record<string, string>
  body: Uint8Array
  authorization: string | null
  /** Of `X-Patchbay-Site` or `?site=`: a global id, or `organization-slug/site-slug`. */
  siteHint: string | null
}

export interface ExtResponse {
  status: number
  headers: Record<string, string>
  body: string
}

/** Headers of a request that a plugin gets to see: none that carries a credential. */
const SEEN_HEADERS = ['accept', 'accept-language', 'content-type', 'user-agent', 'x-request-id']
/** Headers that a plugin may set. */
const SET_HEADERS = ['content-type', 'cache-control', 'content-language', 'etag', 'last-modified']

/** Answers a request by a plugin's route at a site. What ends it is a JSON error with the HTTP status of its kind. */
export async function serveRoute(app: App, request: ExtRequest): Promise<ExtResponse> {
  const actor = await authenticate(app, request.authorization)
  const siteId = await findSite(app, actor, request.siteHint)
  const target = await loadTarget(app, {
    siteId,
    AND: [running(app.clock.now()), { plugin: { slug: request.plugin } }],
  })
  const route = target === null ? null : matchRoute(target.manifest.routes, request.method, request.path)
  if (target === null || route === null || !target.granted.includes('routes:serve')) throw noRoute()
  await checkCaller(app, actor, target, route)
  const { result, refusedUntil } = await invoke(app, target, {
    kind: 'ROUTE',
    name: route.key,
    args: [toGuest(request, route, actor)],
  })
  return refusedUntil === undefined ? answerOf(result) : notNow(refusedUntil, app.clock.now())
}

/** The plugin failed too often in a row: its circuit is open. */
function notNow(until: Date, now: Date): ExtResponse {
  const answer = jsonAnswer(503, {
    error: { code: 'PLUGIN_UNAVAILABLE', message: 'The plugin failed too often. Try again later.' },
  })
  const wait = Math.max(1, Math.ceil((until.getTime() - now.getTime()) / seconds(1)))
  return { ...answer, headers: { ...answer.headers, 'retry-after': String(wait) } }
}

function noRoute(): RequestError {
  return new RequestError('NOT_FOUND', 'No plugin answers at this address at this site.')
}

/** The site that is named, or the only one that the caller has. */
async function findSite(app: App, actor: Actor, hint: string | null): Promise<string> {
  if (hint === null) return await onlySite(app, actor)
  const slugs = /^([a-z0-9-]+)\/([a-z0-9-]+)$/.exec(hint)
  if (slugs !== null) {
    const site = await app.database.prisma.site.findFirst({
      where: { slug: slugs[2]!, organization: { slug: slugs[1]! } },
      select: { id: true },
    })
    if (site === null) throw noRoute()
    return site.id
  }
  const decoded = decodeGlobalId(hint)
  if (decoded.typename === 'Site') return decoded.id
  throw new RequestError(
    'BAD_USER_INPUT',
    'The site is a global id of a Site, or organization-slug/site-slug.',
  )
}

async function onlySite(app: App, actor: Actor): Promise<string> {
  const sites =
    actor.kind === 'stranger'
      ? []
      : await app.database.prisma.site.findMany({ where: visibleSites(actor), select: { id: true }, take: 2 })
  if (sites.length === 1) return sites[0]!.id
  throw new RequestError(
    'BAD_USER_INPUT',
    'Name the site: send `X-Patchbay-Site` or `?site=` with its global id or organization-slug/site-slug.',
  )
}

/** Public routes are for all; the others for who may run plugins there, or holds what the route demands. */
async function checkCaller(app: App, actor: Actor, target: Target, route: MatchedRoute): Promise<void> {
  if (route.public) return
  if (actor.kind === 'stranger') {
    throw new RequestError('UNAUTHENTICATED', 'This route is not public: send `Authorization: Bearer <key>`.')
  }
  const { organizationId } = target
  const allowed =
    route.permission === null
      ? can(actor, 'plugins:run', organizationId)
      : await holdsContributed(app, actor, route.permission, organizationId)
  if (allowed) return
  if (!can(actor, 'installations:read', organizationId)) throw noRoute()
  const needed = route.permission ?? 'plugins:run'
  throw new RequestError(
    'FORBIDDEN',
    `This route needs the permission ${needed}, which you do not have here.`,
  )
}

function toGuest(request: ExtRequest, route: MatchedRoute, actor: Actor): JsonObject {
  const headers = SEEN_HEADERS.flatMap((name) => {
    const value = request.headers[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  const reach = reachOf(actor, 'plugins:run')
  return {
    method: request.method,
    path: request.path,
    params: route.params,
    query: request.query,
    headers: Object.fromEntries(headers),
    body: bodyOf(request),
    principal: actor.principalId === null ? null : { id: actor.principalId, platform: reach.everywhere },
  }
}

function bodyOf(request: ExtRequest): JsonValue {
  if (request.body.byteLength === 0) return null
  const type = request.headers['content-type'] ?? ''
  const text = new TextDecoder().decode(request.body)
  if (!/^application\/([a-z0-9.+-]+\+)?json\b/i.test(type)) return text
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    throw new RequestError('BAD_USER_INPUT', 'The body says that it is JSON, but it does not parse.')
  }
}

const FAILURES: Partial<Record<PluginResult['outcome'], [number, string]>> = {
  TIMEOUT: [504, 'The plugin took too long.'],
  OUT_OF_MEMORY: [502, 'The plugin needed too much memory.'],
  DENIED: [502, 'The plugin used something that it has no permission for.'],
  CRASHED: [502, 'The plugin ended without an answer.'],
  ERROR: [502, 'The plugin failed.'],
  ABORTED: [502, 'The plugin failed.'],
}

function answerOf(result: PluginResult): ExtResponse {
  const failure = FAILURES[result.outcome]
  if (failure !== undefined)
    return jsonAnswer(failure[0], { error: { code: `PLUGIN_${result.outcome}`, message: failure[1] } })
  if (!result.handled) throw noRoute()
  const value = result.value
  if (!isJsonObject(value)) return jsonAnswer(200, value ?? null)
  const status = value['status']
  const valid = typeof status === 'number' && Number.isInteger(status) && status >= 200 && status <= 599
  const given = isJsonObject(value['headers']) ? value['headers'] : {}
  const headers = Object.entries(given).flatMap(([name, text]) => {
    const lower = name.toLowerCase()
    const allowed = SET_HEADERS.includes(lower) && typeof text === 'string' && /^[\t\x20-\x7e]*$/.test(text)
    return allowed ? [[lower, text] as const] : []
  })
  const body = value['body'] ?? null
  const answer = jsonAnswer(valid ? status : 200, body)
  if (typeof body !== 'string')
    return { ...answer, headers: { ...answer.headers, ...Object.fromEntries(headers) } }
  return {
    status: answer.status,
    headers: { 'content-type': 'text/plain; charset=utf-8', ...Object.fromEntries(headers) },
    body,
  }
}

function jsonAnswer(status: number, body: JsonValue): ExtResponse {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(body),
  }
}
