import { z } from 'zod'
import { CapabilityError } from '../../../runtime/capability-error.ts'
import { readSecret } from '../../secrets/read-secret.ts'
import { parseInput, type CapabilitySource } from './asking.ts'

const SecretInput = z.object({ key: z.string().max(64) })

/** `ctx.secrets`: the values of the keys that the manifest names. */
export const secrets: CapabilitySource = {
  permission: 'secrets:read',
  operations: ({ app, target }) => ({
    'secrets.get': async (input) => {
      const { key } = parseInput(SecretInput, input, 'secrets.get(key) takes the name of a secret.')
      if (!target.manifest.secrets.some((secret) => secret.key === key)) {
        throw new CapabilityError('SECRET_UNKNOWN', `The manifest declares no secret "${key}".`)
      }
      return await readSecret(app, target, key)
    },
  }),
}
