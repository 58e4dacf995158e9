import { z } from 'zod'
import { RequestError } from '../../../lib/errors.ts'
import { parsedJson } from '../../../lib/parsed-json.ts'
import { CapabilityError } from '../../../runtime/capability-error.ts'
import { parseInput, type CapabilitySource } from './asking.ts'

const CallInput = z.object({ name: z.string().max(200), payload: parsedJson.optional() })

/** Hooks of plugins within each other: deeper ones go round in a circle, or will before long. */
const MAX_DEPTH = 8

/** `ctx.hooks`: the plugin's own extension points, which other plugins at its site handle. */
export const hooks: CapabilitySource = {
  permission: null,
  operations: ({ app, target, depth }) => ({
    'hooks.call': async (input, signal) => {
      const usage = 'hooks.call(name, payload) takes the name of an extension point, and JSON.'
      const { name, payload = null } = parseInput(CallInput, input, usage)
      if (!target.manifest.contributes.hooks.includes(name)) {
        throw new CapabilityError('HOOK_UNKNOWN', `The manifest offers no "${name}" in contributes.hooks.`)
      }
      if (depth >= MAX_DEPTH) {
        throw new CapabilityError(
          'HOOK_DEPTH',
          `Plugins call each other's hooks ${MAX_DEPTH} deep at most: do they go round in a circle?`,
        )
      }
      const call = {
        siteId: target.siteId,
        hook: name,
        payload,
        depth: depth + 1,
        callerId: target.id,
        signal,
      }
      return await app.callPluginHook(call).catch((error: unknown) => {
        // Too much waits for one of them.
        if (error instanceof RequestError) throw new CapabilityError(error.code, error.message)
        throw error
      })
    },
  }),
}
