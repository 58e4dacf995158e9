import type { App } from '../../app.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { PluginResult } from '../../runtime/plugin-call.ts'
import { digestOfModule } from '../invocations/inline-code.ts'
import { tally } from '../invocations/tally.ts'
import type { TransformPlace } from './run-transform.ts'
import { admitTransform, noteTransform } from './transform-circuit.ts'

/** In the minutes of what happened at no site. */
const NO_SITE = '00000000-0000-0000-0000-000000000000'

/**
 * Runs what an organization wrote itself. There is no installation that it could be counted for: its minutes stand under the
 * webhook's id, and so among the organization's; and it has a circuit of its own.
 *
 * @throws {DeliveryWaits} where it is left alone for a while
 * @throws {PayloadTooLargeError} where the event may not cross
 */
export async function runOwnTransform(
  app: App,
  { path, source }: { path: string; source: string },
  event: JsonObject,
  { webhookId, name, organization, site }: TransformPlace,
): Promise<{ result: PluginResult; leftAloneUntil: Date | null }> {
  const digest = digestOfModule({ path, source })
  const own = { webhookId, digest }
  admitTransform(app, own)
  const { timeoutMs, memoryMb } = app.config.plugins
  const result = await app.runtime.call({
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
  const place = {
    id: webhookId,
    version: 'inline',
    organizationId: organization.id,
    siteId: typeof site?.id === 'string' ? site.id : NO_SITE,
  }
  tally(app, place, { ...result, heapUsed: result.heapUsedBytes }, app.clock.now())
  const isOthers = result.carriedAlong !== undefined
  return { result, leftAloneUntil: isOthers ? null : noteTransform(app, own, result.outcome) }
}
