import type { App } from '../../app.ts'
import type { InvocationKind } from '../../generated/prisma/enums.ts'
import { messageOf, RequestError, UserError } from '../../lib/errors.ts'
import type { JsonObject, JsonValue } from '../../lib/json.ts'
import { BlobStoreUnavailable } from '../../platform/blobs/blob-store.ts'
import {
  PayloadTooLargeError,
  RuntimeBusyError,
  RuntimeUnavailableError,
} from '../../runtime/runtime-errors.ts'
import type { PluginLimits, PluginResult } from '../../runtime/plugin-call.ts'
import { stoppedResult } from '../../runtime/stopped-code.ts'
import { admitCall, type Admission } from '../circuits/admit-call.ts'
import { CircuitOpenError, circuitOpenResult } from '../circuits/circuit-open.ts'
import { noteResult } from '../circuits/note-result.ts'
import { releaseTrial } from '../circuits/release-trial.ts'
import { licenseContext } from '../licenses/license-context.ts'
import { RevokedError } from '../packages/verify-approved.ts'
import { effectiveSettings } from '../settings/effective-settings.ts'
import type { HttpRequestLog } from './capabilities/asking.ts'
import { capabilitiesOf } from './capabilities/catalogue.ts'
import { beginRun, NOT_RUN } from './begin-run.ts'
import { endInvocation } from './end-invocation.ts'
import { digestOfInline, loadInlineCode } from './inline-code.ts'
import { isIntegrityFailure, noteIntegrityFailure } from './integrity-failure.ts'
import { limitsOf } from './limits-of.ts'
import { openLiveLog } from './live-log.ts'
import { noteDenied } from './note-denied.ts'
import { observe } from './observe.ts'
import { PluginBusyError } from './plugin-busy-error.ts'
import { inRoom, type Room } from './leave-room.ts'
import { loadPluginCode } from './plugin-code.ts'
import { rowLines } from './row-lines.ts'
import { runRetried } from './run-retried.ts'
import { NotActiveError, OF_ITS_LIFE, requireStillActive } from './still-active.ts'
import type { Target } from './target.ts'
import { withoutSecrets } from './without-secrets.ts'

export interface InvokeRequest {
  kind: InvocationKind
  /** Of the hook, event type, filter, route (`GET /ping`), job or lifecycle step. */
  name: string
  /** What the handler gets after `ctx`. */
  args: JsonValue[]
  eventId?: string
  /** A row that waits already, QUEUED; else one is made. */
  invocationId?: string
  /** Hooks of plugins within which it runs; 0 where left out. */
  depth?: number
  /** A module that stands in the YAML of one of the package's webhooks, instead of its files. It may ask the host for nothing. */
  inline?: { path: string; source: string }
  /** What whoever wrote the handler is to know of what it gave: a warning at the end of its log. */
  remarkOn?: (result: PluginResult) => string | null
}

export interface Invoked {
  invocationId: string
  result: PluginResult
  /** It was not made, since the installation's circuit is open: from then on it may be tried again. */
  refusedUntil?: Date
}

/** Characters of a trace in the log of an invocation: as many as a line may have. */
const MAX_TRACE = 2048

/**
 * Runs one handler of an installation in the sandbox and keeps what came of it: the invocation's row, and its part in
 * the installation's health. What the plugin does wrong is the result's outcome; this throws only where the service
 * itself cannot run it (the archive is gone, or too much waits already).
 */
export async function invoke(app: App, target: Target, request: InvokeRequest): Promise<Invoked> {
  const limits = limitsOf(app.config.plugins, target.manifest, request)
  const isNested = (request.depth ?? 0) > 0
  return await inRoom(app, target, { timeoutMs: limits.timeoutMs, isNested }, (room) =>
    run(app, target, request, limits, room),
  )
}

async function run(
  app: App,
  target: Target,
  request: InvokeRequest,
  limits: PluginLimits,
  room: Room,
): Promise<Invoked> {
  const isCounted = !OF_ITS_LIFE.has(request.kind)
  const invocationId = await beginRun(app, target, request)
  const requests: HttpRequestLog[] = []
  const asking = {
    app,
    target,
    invocationId,
    depth: request.depth ?? 0,
    noteRequest: (it: HttpRequestLog) => void requests.push(it),
  }
  const liveLog = openLiveLog(app, target, invocationId)
  let result: PluginResult
  let isRefused = false
  let isTrial = false
  let hasRun = false
  try {
    if (room.isFull) throw new RuntimeBusyError(target.id)
    const admission: Admission = isCounted
      ? await admitCall(app, target, limits.timeoutMs)
      : { as: 'ordinary' }
    isTrial = admission.as === 'trial'
    if (admission.as === 'refused') throw new CircuitOpenError(target.slug, admission.until)
    const ran = await runRetried(app, {
      organization: target.organizationId,
      installation: target.id,
      digest: request.inline === undefined ? target.checksum : digestOfInline(target, request.inline),
      nested: (request.depth ?? 0) > 0,
      loadCode: async () => {
        await requireStillActive(app, target, request.kind, isTrial)
        if (request.inline !== undefined) return await loadInlineCode(app, target, request.inline)
        return await loadPluginCode(app, target)
      },
      kind: request.kind,
      name: request.name,
      args: request.args,
      context: contextOf(target, request, app.clock.now()),
      capabilities: request.inline === undefined ? capabilitiesOf(asking) : {},
      pace: room.pace,
      onLog: liveLog.note,
      limits,
    })
    result = withoutSecrets(
      app,
      target.id,
      request.kind === 'HEALTH',
      remarked(ran, request, app.clock.now()),
    )
    hasRun = true
  } catch (error) {
    if (error instanceof CircuitOpenError) return await notMade(app, target, invocationId, error)
    const instead = await resultInstead(app, target, isTrial, error)
    if (instead === null) throw await notRun(app, target, invocationId, error)
    result = instead
    isRefused = isIntegrityFailure(error)
  } finally {
    liveLog.close()
  }
  // What was refused cost nothing, and is to be told at once.
  if (hasRun) await room.beforeItIsKept(result)
  await endInvocation(app, target, invocationId, {
    outcome: result.outcome,
    durationMs: result.durationMs,
    cpuMs: result.cpuMs,
    heapUsed: result.heapUsedBytes,
    error: result.error ? `${result.error.name}: ${result.error.message}` : null,
    logs: linesOf(result, app.clock.now()),
    hostCalls: result.hostCalls,
    bytesOut: result.bytesOut,
    requests: requests.map((it) => ({ ...it })),
  })
  await noteDenied(app, target, invocationId, result)
  if (isCounted && !isRefused) await noteResult(app, target, result, isTrial)
  // What a plugin says of itself is a sample of its own.
  if (request.kind !== 'HEALTH' || isRefused) observe(app, target, result, isRefused)
  return { invocationId, result }
}

/** Ends the row of what the circuit refused: nobody's failure, and nothing to observe. */
async function notMade(
  app: App,
  target: Target,
  invocationId: string,
  error: CircuitOpenError,
): Promise<Invoked> {
  const result = circuitOpenResult(error, app.clock.now())
  await endInvocation(app, target, invocationId, {
    outcome: 'DENIED',
    error: `${error.name}: ${error.message}`,
  })
  return { invocationId, result, refusedUntil: error.until }
}

function remarked(result: PluginResult, { remarkOn }: InvokeRequest, at: Date): PluginResult {
  const message = remarkOn?.(result) ?? null
  return message === null ? result : { ...result, logs: [...result.logs, { at, level: 'warn', message }] }
}

/** What it logged, and last of all the trace of the error that it ended with. */
function linesOf({ logs, error, outcome }: PluginResult, now: Date): JsonObject[] {
  const lines = rowLines(logs)
  if (outcome !== 'ERROR' || error?.stack === undefined || error.isPluginError) return lines
  return [...lines, { at: now.toISOString(), level: 'error', message: error.stack.slice(0, MAX_TRACE) }]
}

/** The result of code that was stopped, or was refused at load; null: the service is to blame. */
async function resultInstead(
  app: App,
  target: Target,
  isTrial: boolean,
  error: unknown,
): Promise<PluginResult | null> {
  try {
    if (isTrial) await releaseTrial(app, target.id)
    if (error instanceof RevokedError || error instanceof NotActiveError)
      return stoppedResult(error.message, app.clock.now())
    if (!isIntegrityFailure(error)) return null
    const message = await noteIntegrityFailure(app, target, error)
    return { ...stoppedResult(message, app.clock.now()), error: { name: 'IntegrityError', message } }
  } catch (later) {
    // The row is ended all the same.
    app.log.error({ installation: target.id, reason: messageOf(later) }, 'a stopped call could not be noted')
    return null
  }
}

/** Ends the row of what could not even begin; what the caller can mend becomes his error. */
async function notRun(app: App, target: Target, invocationId: string, error: unknown): Promise<unknown> {
  const ours = !(error instanceof RuntimeBusyError || error instanceof PayloadTooLargeError)
  const unavailable = unavailableIn(error)
  const told = unavailable ?? (ours ? NOT_RUN : messageOf(error))
  await endInvocation(app, target, invocationId, { outcome: ours ? 'CRASHED' : 'DENIED', error: told })
  if (error instanceof RuntimeBusyError) return new PluginBusyError(target.slug, invocationId)
  if (error instanceof PayloadTooLargeError) return new UserError('INVALID_INPUT', messageOf(error))
  app.log.error(
    { invocationId, installation: target.id, reason: messageOf(error) },
    'invocation could not be run',
  )
  return unavailable === null ? error : new RequestError('UNAVAILABLE', unavailable)
}

/** What the service needs and cannot have just now; that passes. */
function unavailableIn(error: unknown): string | null {
  if (error instanceof BlobStoreUnavailable) return error.told
  if (error instanceof RuntimeUnavailableError)
    return 'The sandbox can run nothing here: systemStatus.sandbox tells more. Try again later.'
  return null
}

function contextOf(target: Target, { inline }: InvokeRequest, now: Date) {
  return {
    plugin: { id: target.slug, version: target.version },
    site: target.site,
    organization: target.organization,
    settings: effectiveSettings(target.manifest, target.settingsLevels),
    permissions: inline === undefined ? target.granted : [],
    license: licenseContext(target, now),
  }
}
