import canonicalize from 'canonicalize'
import type { Prisma } from '../../generated/prisma/client.ts'
import type { JsonValue } from '../../lib/json.ts'
import { sha256Hex } from '../../platform/crypto.ts'

/** The columns that the registry vouches for when it approves a package. */
export const STATED = {
  version: true,
  checksum: true,
  manifest: true,
  grantedPermissions: true,
  plugin: { select: { slug: true } },
} as const

/** A row with those columns. */
export interface StatedPackage {
  version: string
  /** SHA-256 of the archive, hex. */
  checksum: string
  /** As it lies in the database, from where the runtime takes entry, limits and the rest. */
  manifest: Prisma.JsonValue
  /** A list of names. */
  grantedPermissions: Prisma.JsonValue
  plugin: { slug: string }
}

/**
 * The bytes that the registry signs: canonical JSON (RFC 8785), so that anybody can make them anew from the graph. It
 * binds the archive to its name, its version, its manifest and what the review granted: none can be exchanged.
 */
export function approvedStatement(stated: StatedPackage): Uint8Array {
  const statement = {
    type: 'patchbay.approved-package.v1',
    plugin: stated.plugin.slug,
    version: stated.version,
    digest: `sha256:${stated.checksum}`,
    manifestDigest: `sha256:${sha256Hex(canonical(stated.manifest as JsonValue))}`,
    permissions: [...((stated.grantedPermissions as string[] | null) ?? [])].sort(),
  }
  return Buffer.from(canonical(statement), 'utf8')
}

function canonical(value: JsonValue): string {
  const text = canonicalize(value)
  if (text === undefined) throw new Error('What is no JSON value has no canonical form.')
  return text
}
