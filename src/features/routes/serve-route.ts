import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { authenticate } from '../../auth/authenticate.ts'
import { can } from '../../auth/authorize.ts'
import { decodeGlobalId } from '../../graphql/global-id.ts'
import { RequestError, UserError } from '../../lib/errors.ts'
import { seconds } from '../../lib/units.ts'
import { running } from '../installations/policy.ts'
import { holdsContributed } from '../tenancy/contributed-permissions.ts'
import { visibleSites } from '../tenancy/policy.ts'
import { invoke } from '../invocations/invoke.ts'
import { loadTarget, type Target } from '../invocations/target.ts'
import { takeToken } from '../rates/take-tokens.ts'
import { toGuest, type ExtRequest } from './ext-request.ts'
import { answerOf, jsonAnswer, remarkOn, type ExtResponse } from './ext-response.ts'
import { matchRoute, methodsAt, type MatchedRoute } from './match-route.ts'

/**
 * Answers a request by a plugin's route at a site.
 *
 * @throws {RequestError} where no code is asked: NOT_FOUND, UNAUTHENTICATED, FORBIDDEN, BAD_USER_INPUT, RATE_LIMITED
 */
export async function serveRoute(app: App, request: ExtRequest): Promise<ExtResponse> {
  const actor = await authenticate(app, request.authorization)
  const siteId = await findSite(app, actor, request.siteHint)
  const target = await loadTarget(app, {
    siteId,
    AND: [running(app.clock.now()), { plugin: { slug: request.plugin } }],
  })
  if (target === null || !target.granted.includes('routes:serve')) throw noRoute()
  const route = matchRoute(target.manifest.routes, request.method, request.path)
  if (route === null) return otherMethods(target, request)
  await checkCaller(app, actor, target, route)
  const { granted, nextInMs } = await takeToken(app, target, 'routes')
  if (!granted)
    throw new RequestError('RATE_LIMITED', 'Too many requests to this plugin in this minute.', nextInMs)
  const args = [toGuest(request, route, actor, app.config.routes.headers)]
  const call = { kind: 'ROUTE' as const, name: route.key, args, remarkOn }
  const invoked = await app.asking
    .during([target.organizationId], () => invoke(app, target, call))
    .catch(tooLarge)
  if (invoked instanceof UserError)
    return jsonAnswer(413, { error: { code: 'PAYLOAD_TOO_LARGE', message: invoked.message } })
  const { result, refusedUntil } = invoked
  if (refusedUntil !== undefined) return notNow(refusedUntil, app.clock.now())
  const answer = answerOf(result)
  if (answer === null) throw noRoute()
  return answer
}

/** More than may cross to a plugin at once is the only thing that a caller can mend; all else goes on. */
function tooLarge(error: unknown): UserError {
  if (error instanceof UserError && error.code === 'INVALID_INPUT') return error
  throw error
}

/** The path is one of the plugin's, but not by this method. */
function otherMethods({ manifest: { routes } }: Target, { path }: ExtRequest): ExtResponse {
  const allowed = methodsAt(routes, path)
  if (allowed.length === 0) throw noRoute()
  const message = `This address takes ${allowed.join(', ')}.`
  const answer = jsonAnswer(405, { error: { code: 'METHOD_NOT_ALLOWED', message } })
  return { ...answer, headers: { ...answer.headers, allow: allowed.join(', ') } }
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
