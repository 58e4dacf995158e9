import { z } from 'zod'
import { CapabilityError } from '../../../runtime/capability-error.ts'
import { readSecret } from '../../secrets/read-secret.ts'
import { noteTold } from '../../secrets/told-secrets.ts'
import { parseInput, type CapabilitySource } from './asking.ts'
import { sealedSecretsOf } from './sealed.ts'

const SecretInput = z.object({ key: z.string().max(64) })

/**
 * `ctx.secrets`: the values of the keys that the manifest names; of those with hosts a placeholder, which `ctx.http` alone
 * replaces, and towards those hosts alone.
 */
export const secrets: CapabilitySource = {
  permission: 'secrets:read',
  operations: (asking) => ({
    'secrets.get': async (input) => {
      const { app, target } = asking
      const { key } = parseInput(SecretInput, input, 'secrets.get(key) takes the name of a secret.')
      if (!target.manifest.secrets.some((secret) => secret.key === key)) {
        throw new CapabilityError('SECRET_UNKNOWN', `The manifest declares no secret "${key}".`)
      }
      const sealed = sealedSecretsOf(asking)
      if (sealed.isSealed(key)) return await sealed.placeholder(key)
      const value = await readSecret(app, target, key)
      if (value !== null) noteTold(app, target.id, key, value)
      return value
    },
  }),
}
