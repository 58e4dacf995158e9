import canonicalize from 'canonicalize'
import type { JsonValue } from '../../lib/json.ts'
import { sha256Hex } from '../../platform/crypto.ts'

/** What the registry vouches for when it approves a package. */
export interface ApprovedPackage {
  slug: string
  version: string
  /** SHA-256 of the archive, hex. */
  checksum: string
  /** As it lies in the database, from where the runtime takes entry, limits and the rest. */
  manifest: JsonValue
  grantedPermissions: readonly string[]
}

/**
 * The bytes that the registry signs: canonical JSON (RFC 8785), so that anybody can make them anew from the graph. It
 * binds the archive to its name, its version, its manifest and what the review granted: none can be exchanged.
 */
export function approvedStatement(approved: ApprovedPackage): Uint8Array {
  const statement = {
    type: 'patchbay.approved-package.v1',
    plugin: approved.slug,
    version: approved.version,
    digest: `sha256:${approved.checksum}`,
    manifestDigest: `sha256:${sha256Hex(canonical(approved.manifest))}`,
    permissions: [...approved.grantedPermissions].sort(),
  }
  return Buffer.from(canonical(statement), 'utf8')
}

function canonical(value: JsonValue): string {
  const text = canonicalize(value)
  if (text === undefined) throw new Error('What is no JSON value has no canonical form.')
  return text
}
