import type { App } from '../../app.ts'
import type { Finding } from '../../archive/finding.ts'
import { parseSignature, verifyDigest } from '../../platform/signatures.ts'

/** The names under which a report tells of the publisher's signature. */
const CHECKS = ['signature.form', 'signature.key', 'signature.valid'] as const
type SignatureCheck = (typeof CHECKS)[number]

/** A signature as it was given, and what it is to be of. */
export interface GivenSignature {
  /** SHA-256 of the archive, hex. */
  digest: string
  /** Base64. */
  signature: string
  keyId: string
  /** Whose key it must be; null: the platform's. */
  ownerId: string | null
}

/** What the checks say of a signature, and it itself where it is good. */
export interface CheckedSignature {
  checks: { check: SignatureCheck; category: 'SIGNATURE'; passed: boolean }[]
  findings: Finding[]
  /** What is kept with the package; null where the signature is refused. */
  accepted: { signature: Uint8Array<ArrayBuffer>; publisherKeyId: string } | null
}

/** Holds a detached Ed25519 signature against the owner's registered key; what is wrong is a finding. */
export async function checkSignature(app: App, given: GivenSignature): Promise<CheckedSignature> {
  const signature = parseSignature(given.signature)
  if (signature === null) {
    return refused('signature.form', 'A signature is 64 bytes in base64, as `patchbay sign` writes it.')
  }
  const key = await app.database.prisma.publisherKey.findFirst({
    where: { organizationId: given.ownerId, keyId: given.keyId.toLowerCase() },
    select: { id: true, publicKey: true, revokedAt: true },
  })
  if (key === null) {
    const message = `The key ${shown(given.keyId)} is none of this plugin's publisher: register it (patchbay keys register, or registerPublisherKey).`
    return refused('signature.key', message)
  }
  if (key.revokedAt !== null) {
    return refused('signature.key', `The key ${shown(given.keyId)} was revoked: sign with another.`)
  }
  if (!verifyDigest(key.publicKey, given.digest, signature)) {
    const message = `The signature is none of this archive by the key ${shown(given.keyId)}: sign the archive as it is sent.`
    return refused('signature.valid', message)
  }
  return {
    checks: CHECKS.map((check) => ({ check, category: 'SIGNATURE', passed: true })),
    findings: [],
    accepted: { signature: new Uint8Array(signature), publisherKeyId: key.id },
  }
}

/** The checks up to the one that failed, and why. */
function refused(failed: SignatureCheck, message: string): CheckedSignature {
  return {
    checks: CHECKS.slice(0, CHECKS.indexOf(failed) + 1).map((check) => ({
      check,
      category: 'SIGNATURE',
      passed: check !== failed,
    })),
    findings: [{ severity: 'ERROR', category: 'SIGNATURE', check: failed, message }],
    accepted: null,
  }
}

/** Key ids are 16 digits; a long text is not repeated. */
function shown(keyId: string): string {
  return JSON.stringify(keyId.slice(0, 32))
}
