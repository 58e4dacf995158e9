import type { App } from '../../app.ts'
import type { Webhook } from '../../archive/webhook.ts'
import type { JsonObject, JsonValue } from '../../lib/json.ts'
import { RequestError, UserError } from '../../lib/errors.ts'
import { seconds } from '../../lib/units.ts'
import {
  PayloadTooLargeError,
  RuntimeBusyError,
  RuntimeUnavailableError,
} from '../../runtime/runtime-errors.ts'
import type { PluginResult } from '../../runtime/plugin-call.ts'
import { invoke } from '../invocations/invoke.ts'
import type { Target } from '../invocations/target.ts'
import { DeliveryImpossible } from './delivery-impossible.ts'
import { DeliveryWaits } from './delivery-waits.ts'
import { runOwnTransform } from './run-own-transform.ts'

/** Where a transform runs. */
export interface TransformPlace {
  webhookId: string
  name: string
  organization: { id: string; slug: string; name: string }
  /** Where the event happened, or the plugin is. */
  site: JsonObject | null
  /** Whose plugin brought it; null: an organization made it. */
  target: Target | null
}

/** Where the sandbox is full, or the code cannot be had just now. */
const BUSY_MS = seconds(5)

/**
 * The body that a transform makes of an event, in the sandbox; undefined where it makes none. What a plugin brings runs as that plugin
 * does: counted, and behind its circuit. A module of its files may ask the host for what the plugin may; what stands in the YAML runs
 * in no isolate with other code, and may ask for nothing.
 *
 * @throws {DeliveryImpossible} where it failed, with how long it ran
 * @throws {DeliveryWaits} where it could not be run now
 */
export async function runTransform(
  app: App,
  transform: NonNullable<Webhook['transform']>,
  event: JsonObject,
  place: TransformPlace,
): Promise<JsonValue | undefined> {
  const { result, leftAloneUntil = null } = await runIt(app, transform, event, place)
  const { outcome, error, durationMs } = result
  if (outcome !== 'OK') {
    const { name, message, stack = '' } = error ?? { name: outcome, message: 'no reason given' }
    const words = `The transform failed: ${name}: ${message.slice(0, MAX_REASON)}${placeIn(stack)}`
    const after =
      leftAloneUntil === null
        ? ''
        : ` It failed too often in a row, and is left alone until ${leftAloneUntil.toISOString()}.`
    throw new DeliveryImpossible(`${words}${after}`, durationMs)
  }
  if (!result.handled)
    throw new DeliveryImpossible('The transform is not there: its module exports no such function.')
  return result.value
}

/** Characters of a plugin's own words in the log of a delivery. */
const MAX_REASON = 500

/** The innermost place of a trace, ` (at transforms/build.js:3:14)`; in a YAML's own module the line is one of that. */
function placeIn(stack: string): string {
  const [, path, line, column] =
    /\bat (?:[^(\n]*\()?([^()\s]{1,200}):(\d{1,7}):(\d{1,7})\)?$/m.exec(stack) ?? []
  return path === undefined ? '' : ` (at ${path}:${line}:${column})`
}

/** What came of a run, and for how long the next is put off because of it. */
interface Ran {
  result: PluginResult
  leftAloneUntil?: Date | null
}

async function runIt(
  app: App,
  { entry, inline: source = '' }: NonNullable<Webhook['transform']>,
  event: JsonObject,
  place: TransformPlace,
): Promise<Ran> {
  const { target, name } = place
  const path = `inline/${name}.mjs`
  const what =
    entry === undefined
      ? { name: `${path}#transform`, inline: { path, source } }
      : { name: `${entry.path}#${entry.name}` }
  try {
    if (target === null) {
      if (entry === undefined) {
        const ran = await runOwnTransform(app, { path, source }, event, place)
        // Another delivery's run of it brought their process down.
        if (ran.result.carriedAlong !== undefined) throw new DeliveryWaits(BUSY_MS)
        return ran
      }
      throw new DeliveryImpossible('There is no plugin whose file the transform could be.')
    }
    const { result, refusedUntil } = await invoke(app, target, { kind: 'TRANSFORM', ...what, args: [event] })
    if (refusedUntil !== undefined)
      throw new DeliveryWaits(Math.max(BUSY_MS, refusedUntil.getTime() - app.clock.now().getTime()))
    return { result }
  } catch (error) {
    if (
      error instanceof RequestError ||
      error instanceof RuntimeBusyError ||
      error instanceof RuntimeUnavailableError
    )
      throw new DeliveryWaits(BUSY_MS)
    // More than may cross to a plugin at once.
    if (error instanceof UserError || error instanceof PayloadTooLargeError)
      throw new DeliveryImpossible(error.message)
    throw error
  }
}
