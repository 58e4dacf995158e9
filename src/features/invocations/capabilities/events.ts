import { z } from 'zod'
import { EVENT_TYPE_PATTERN } from '../../../events/catalog.ts'
import { recordEmission } from '../../../events/record-emission.ts'
import { parsedObject } from '../../../lib/parsed-json.ts'
import { CapabilityError } from '../../../runtime/capability-error.ts'
import { takeToken } from '../../rates/take-tokens.ts'
import { parseInput, rateLimited, type CapabilitySource } from './asking.ts'

const EmitInput = z.object({
  type: z.string().regex(EVENT_TYPE_PATTERN),
  payload: parsedObject,
})

/** `ctx.events`: events of types below the plugin's own id. */
export const events: CapabilitySource = {
  permission: 'events:emit',
  operations: ({ app, target }) => ({
    'events.emit': async (input) => {
      const { type, payload } = parseInput(
        EmitInput,
        input,
        'events.emit(type, payload) takes a dotted type and an object.',
      )
      if (!type.startsWith(`${target.slug}.`)) {
        throw new CapabilityError('EVENT_TYPE', `A plugin emits events below its own id: "${target.slug}.…".`)
      }
      const { granted, nextInMs } = await takeToken(app, target, 'events')
      if (!granted) throw rateLimited('events', nextInMs)
      const id = await recordEmission(app, type, payload, target.slug, {
        organizationId: target.organizationId,
        siteId: target.siteId,
        subjectId: target.id,
        pluginId: target.pluginId,
        actorId: null,
        at: app.clock.now(),
      })
      return { id }
    },
  }),
}
