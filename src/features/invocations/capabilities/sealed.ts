import { SealedSecrets } from '../../http/sealed-secrets.ts'
import { readSecret } from '../../secrets/read-secret.ts'
import type { Asking } from './asking.ts'

const ofInvocations = new WeakMap<Asking, SealedSecrets>()

/** The secrets of an invocation that its code never sees: those for which the manifest names hosts. */
export function sealedSecretsOf(asking: Asking): SealedSecrets {
  const known = ofInvocations.get(asking)
  if (known !== undefined) return known
  const { app, target } = asking
  const sealed = target.manifest.secrets.filter(({ hosts }) => hosts.length > 0)
  const made = new SealedSecrets(sealed, (key) => readSecret(app, target, key))
  ofInvocations.set(asking, made)
  return made
}
