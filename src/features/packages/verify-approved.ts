import { verify } from 'node:crypto'
import type { App } from '../../app.ts'
import { approvedStatement, STATED } from '../signatures/approved-statement.ts'
import { signingKeyById } from '../signatures/signing-key.ts'

/** What is about to be run is not what was approved: bytes, manifest or grants were changed since, or the signature. */
export class IntegrityError extends Error {
  override readonly name = 'IntegrityError'
}

/** The package was revoked: nothing of it runs any more. */
export class RevokedError extends Error {
  override readonly name = 'RevokedError'
}

/**
 * Holds a package against what the registry signed when it was approved: name, version, digest, manifest, permissions.
 * The archive's bytes are held against the digest by the store. Throws IntegrityError, and RevokedError.
 */
export async function verifyApproved(app: App, packageId: string): Promise<void> {
  const row = await app.database.prisma.package.findUniqueOrThrow({
    where: { id: packageId },
    select: {
      ...STATED,
      status: true,
      statusReason: true,
      registrySignature: true,
      signingKeyId: true,
    },
  })
  const name = `${row.plugin.slug} ${row.version}`
  if (row.status === 'REVOKED') throw new RevokedError(`${name} was revoked: ${row.statusReason ?? ''}`)
  if (row.registrySignature === null || row.signingKeyId === null) {
    throw new IntegrityError(`${name} is not signed by the registry: it is not run.`)
  }
  const statement = approvedStatement(row)
  const { publicKey } = await signingKeyById(app, row.signingKeyId)
  if (verify(null, statement, publicKey, row.registrySignature)) return
  throw new IntegrityError(`${name} is not what the registry approved and signed: it is not run.`)
}
