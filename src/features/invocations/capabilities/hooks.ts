import { z } from 'zod'
import { RequestError } from '../../../lib/errors.ts'
import { parsedJson } from '../../../lib/parsed-json.ts'
import { CapabilityError } from '../../../runtime/capability-error.ts'
import { parseInput, type CapabilitySource } from './asking.ts'
import { callWithin } from './call-within.ts'

const CallInput = z.object({ name: z.string().max(200), payload: parsedJson.optional() })

/** `ctx.hooks`: the plugin's own extension points, which other plugins at its site handle. */
export const hooks: CapabilitySource = {
  permission: null,
  operations: (asking) => ({
    'hooks.call': async (input, signal) => {
      const { app, target } = asking
      const usage = 'hooks.call(name, payload) takes the name of an extension point, and JSON.'
      const { name, payload = null } = parseInput(CallInput, input, usage)
      if (!target.manifest.contributes.hooks.includes(name)) {
        throw new CapabilityError('HOOK_UNKNOWN', `The manifest offers no "${name}" in contributes.hooks.`)
      }
      const call = { ...callWithin(asking, signal), hook: name, payload }
      return await app.callPluginHook(call).catch((error: unknown) => {
        // Too much waits for one of them.
        if (error instanceof RequestError) throw new CapabilityError(error.code, error.message)
        throw error
      })
    },
  }),
}
