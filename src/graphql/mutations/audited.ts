import type { App } from '../../app.ts'
import { by } from '../../auth/actor.ts'
import type { Trail } from '../../events/scope.ts'
import { messageOf, RequestError, UserError, UserErrors } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import { minutes } from '../../lib/units.ts'
import { BlobStoreUnavailable } from '../../platform/blobs/blob-store.ts'
import type { Context } from '../context.ts'
import { concernedBy, type Concerned } from './concerned.ts'
import { shownInput, shownText } from './shown-input.ts'

/** One mutation of a request. */
export interface Call {
  /** Of the mutation in the graph. */
  name: string
  input: object
  /** It only takes measurements, every few seconds: that it succeeded is told once a minute. */
  measures: boolean
}

/** What a mutation came to. */
export interface Done<Shape> {
  payload: Shape
  /** It is the first answer to an earlier request with the same idempotency key: nothing was done now. */
  repeated: boolean
}

/** Characters of the reason why something was refused. */
const MAX_REASON = 500
const SPARSE_MS = minutes(1)
/** In which entries are told of together: each ring makes every process look. */
const GATHER_MS = 100

/**
 * Runs a mutation so that the audit log has at least one entry of it: that of its event, which was written with the change
 * itself; or one of the mutation's own name, where it was refused or has no event. Strangers leave none: anybody could
 * fill the log.
 */
export async function audited<Shape extends { userErrors?: readonly UserError[] }>(
  context: Context,
  call: Call,
  run: (context: Context) => Promise<Done<Shape>>,
): Promise<Shape> {
  const trail: Trail = { entries: 0 }
  const own = { ...context, actor: { ...context.actor, trail } }
  try {
    const { payload, repeated } = await run(own)
    const refusals = payload.userErrors ?? []
    if (refusals.length > 0) await note(own, call, refusals.map(reasonOf).join(' '))
    else if (trail.entries === 0 && !repeated) await note(own, call, null)
    return payload
  } catch (error) {
    await note(own, call, reasonOf(error))
    throw error
  }
}

/** Code and message, as the caller is told them. */
function reasonOf(error: unknown): string {
  if (error instanceof UserErrors) return error.errors.map(reasonOf).join(' ')
  if (error instanceof UserError || error instanceof RequestError) return `${error.code}: ${error.message}`
  if (error instanceof BlobStoreUnavailable) return `UNAVAILABLE: ${error.told}`
  return 'INTERNAL_SERVER_ERROR: Unexpected error.'
}

/** What was done is done, and a refusal is told to the caller, also where this entry cannot be written. */
async function note(context: Context, call: Call, reason: string | null): Promise<void> {
  const { app, actor } = context
  if (actor.kind === 'stranger') return
  try {
    const concerned = await concernedBy(app, actor, call.input)
    if (reason === null && call.measures && isRecent(app, call, concerned, actor.principalId)) return
    const { actorId, requestId } = by(actor)
    // Each call of a hook leaves one: SQL of our own takes half of the time that Prisma takes.
    await app.database.pool.query({
      name: 'patchbay_note_mutation',
      text: `insert into audit_entry (id, organization_id, subject_id, plugin_id, action, actor_id, request_id, success, error, details, at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      values: [
        newId(),
        concerned.organizationId,
        concerned.subjectId,
        concerned.pluginId,
        call.name,
        actorId,
        requestId,
        reason === null,
        reason === null ? null : shownText(reason, MAX_REASON),
        JSON.stringify({ input: shownInput(call.input) }),
        app.clock.now(),
      ],
    })
    // Nobody but the log's followers waits for it, and the sealer gathers for longer.
    app.bus.ring(GATHER_MS)
  } catch (error) {
    app.log.error(
      { requestId: context.requestId, mutation: call.name, reason: messageOf(error) },
      'a mutation could not be written to the audit log',
    )
  }
}

const lastTold = new WeakMap<App, Map<string, number>>()

/** Whether the same was told within the last minute by this process. */
function isRecent(app: App, call: Call, concerned: Concerned, principalId: string | null): boolean {
  const told = lastTold.get(app) ?? new Map<string, number>()
  lastTold.set(app, told)
  const key = `${call.name} ${principalId ?? ''} ${concerned.organizationId ?? ''}`
  const now = app.clock.now().getTime()
  for (const [other, at] of told) if (now - at >= SPARSE_MS) told.delete(other)
  if (told.has(key)) return true
  told.set(key, now)
  return false
}
