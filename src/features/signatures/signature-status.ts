import { verifyDigest } from '../../platform/signatures.ts'

export type SignatureStatus = 'UNSIGNED' | 'VALID' | 'INVALID' | 'KEY_REVOKED'

/** What the state of a package's signature depends on. */
export interface SignedPackage {
  /** SHA-256 of the archive, hex. */
  checksum: string
  signature: Uint8Array | null
  publisherKey: { publicKey: Uint8Array; revokedAt: Date | null } | null
}

/** How it stands with the publisher's signature now: it is verified anew, not remembered. */
export function signatureStatus({ checksum, signature, publisherKey }: SignedPackage): SignatureStatus {
  if (signature === null || publisherKey === null) return 'UNSIGNED'
  if (!verifyDigest(publisherKey.publicKey, checksum, signature)) return 'INVALID'
  return publisherKey.revokedAt === null ? 'VALID' : 'KEY_REVOKED'
}
