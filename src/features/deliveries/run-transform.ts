import { createHash } from 'node:crypto'
import type { App } from '../../app.ts'
import type { Webhook } from '../../archive/webhook.ts'
import type { JsonObject, JsonValue } from '../../lib/json.ts'
import { RequestError, UserError } from '../../lib/errors.ts'
import { seconds } from '../../lib/units.ts'
import { RuntimeBusyError, RuntimeUnavailableError } from '../../runtime/runtime-errors.ts'
import type { PluginResult } from '../../runtime/runtime.ts'
import { invoke } from '../invocations/invoke.ts'
import type { Target } from '../invocations/target.ts'
import { DeliveryImpossible } from './delivery-impossible.ts'
import { DeliveryWaits } from './delivery-waits.ts'

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
 * @throws {DeliveryImpossible} where it failed
 * @throws {DeliveryWaits} where it could not be run now
 */
export async function runTransform(
  app: App,
  transform: NonNullable<Webhook['transform']>,
  event: JsonObject,
  place: TransformPlace,
): Promise<JsonValue | undefined> {
  const result = await runIt(app, transform, event, place)
  if (result.outcome !== 'OK') {
    const { name, message } = result.error ?? { name: result.outcome, message: 'no reason given' }
    throw new DeliveryImpossible(`The transform failed: ${name}: ${message.slice(0, MAX_REASON)}`)
  }
  if (!result.handled)
    throw new DeliveryImpossible('The transform is not there: its module exports no such function.')
  return result.value
}

/** Characters of a plugin's own words in the log of a delivery. */
const MAX_REASON = 500

async function runIt(
  app: App,
  { entry, inline: source = '' }: NonNullable<Webhook['transform']>,
  event: JsonObject,
  place: TransformPlace,
): Promise<PluginResult> {
  const { target, name } = place
  const path = `inline/${name}.mjs`
  if (entry === undefined && target === null) return await runOwn(app, { path, source }, event, place)
  if (target === null) throw new DeliveryImpossible('There is no plugin whose file the transform could be.')
  const what =
    entry === undefined
      ? { name: `${path}#transform`, inline: { path, source } }
      : { name: `${entry.path}#${entry.name}` }
  try {
    const { result, refusedUntil } = await invoke(app, target, { kind: 'TRANSFORM', ...what, args: [event] })
    if (refusedUntil !== undefined)
      throw new DeliveryWaits(Math.max(BUSY_MS, refusedUntil.getTime() - app.clock.now().getTime()))
    return result
  } catch (error) {
    if (error instanceof RequestError) throw new DeliveryWaits(BUSY_MS)
    // More than may cross to a plugin at once.
    if (error instanceof UserError) throw new DeliveryImpossible(error.message)
    throw error
  }
}

/** What an organization wrote itself: there is no installation that it could be counted for. */
async function runOwn(
  app: App,
  { path, source }: { path: string; source: string },
  event: JsonObject,
  { webhookId, name, organization, site }: TransformPlace,
): Promise<PluginResult> {
  const digest = createHash('sha256').update(source).digest('hex')
  const { timeoutMs, memoryMb } = app.config.plugins
  try {
    return await app.runtime.call({
      organization: organization.id,
      installation: webhookId,
      digest,
      loadCode: async () => ({ digest, entry: '', modules: new Map([[path, source]]) }),
      kind: 'TRANSFORM',
      name: `${path}#transform`,
      args: [event],
      context: {
        plugin: { id: name, version: '1.0.0' },
        site: site ?? {},
        organization: { ...organization },
        settings: {},
        permissions: [],
      },
      capabilities: {},
      limits: { timeoutMs, memoryMb },
    })
  } catch (error) {
    if (error instanceof RuntimeBusyError || error instanceof RuntimeUnavailableError)
      throw new DeliveryWaits(BUSY_MS)
    throw error
  }
}
