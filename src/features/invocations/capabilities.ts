import { z } from 'zod'
import { change, type App } from '../../app.ts'
import { EVENT_TYPE_PATTERN } from '../../events/catalog.ts'
import { recordForeign } from '../../events/record.ts'
import type { JsonObject } from '../../lib/json.ts'
import { CapabilityError } from '../../runtime/capability-error.ts'
import type { Capability } from '../../runtime/runtime.ts'
import { readSecret } from '../secrets/read-secret.ts'
import type { Target } from './target.ts'

/** What an installation's code may ask of the host: only what its manifest asked for and its review granted. */
export function capabilitiesOf(app: App, target: Target): Record<string, Capability> {
  const capabilities: Record<string, Capability> = {}
  if (target.granted.includes('secrets:read')) capabilities['secrets.get'] = secretsGet(app, target)
  if (target.granted.includes('events:emit')) capabilities['events.emit'] = eventsEmit(app, target)
  return capabilities
}

const SecretInput = z.object({ key: z.string().max(64) })

function secretsGet(app: App, target: Target): Capability {
  return async (input) => {
    const { key } = parse(SecretInput, input, 'secrets.get(key) takes the name of a secret.')
    if (!target.manifest.secrets.some((secret) => secret.key === key)) {
      throw new CapabilityError('SECRET_UNKNOWN', `The manifest declares no secret "${key}".`)
    }
    return await readSecret(app, target, key)
  }
}

const EmitInput = z.object({
  type: z.string().regex(EVENT_TYPE_PATTERN),
  payload: z.record(z.string(), z.json()),
})

function eventsEmit(app: App, target: Target): Capability {
  return async (input) => {
    const { type, payload } = parse(
      EmitInput,
      input,
      'events.emit(type, payload) takes a dotted type and an object.',
    )
    if (!type.startsWith(`${target.slug}.`)) {
      throw new CapabilityError('EVENT_TYPE', `A plugin emits events below its own id: "${target.slug}.…".`)
    }
    const id = await change(app, (tx) =>
      recordForeign(tx, type, payload as JsonObject, target.slug, {
        organizationId: target.organizationId,
        siteId: target.siteId,
        subjectId: target.id,
        pluginId: target.pluginId,
        actorId: null,
        at: app.clock.now(),
      }),
    )
    return { id }
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, input: unknown, usage: string): z.output<Schema> {
  const parsed = schema.safeParse(input)
  if (!parsed.success) throw new CapabilityError('BAD_INPUT', usage)
  return parsed.data
}
