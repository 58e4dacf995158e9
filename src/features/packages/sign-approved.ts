import { sign } from 'node:crypto'
import type { App } from '../../app.ts'
import type { Tx } from '../../platform/database.ts'
import { approvedStatement, STATED } from '../signatures/approved-statement.ts'
import { currentSigningKey, type SigningKey } from '../signatures/signing-key.ts'

/**
 * Signs a package that is APPROVED in this transaction, whose granted permissions are written. The registry's key is got
 * before the transaction: transactions that each wait for one more connection would hold all of them, and each other.
 */
export async function signApproved(tx: Tx, key: SigningKey, packageId: string): Promise<void> {
  await signPackages(tx, key, [packageId])
}

/**
 * Makes the registry's key on the first start. What was approved before there was one is signed then, and never again
 * later: a signature that is missing afterwards was taken away.
 */
export async function ensureSigningKey(app: App): Promise<void> {
  await currentSigningKey(app, async (tx, key) => {
    const approved = await tx.package.findMany({ where: { status: 'APPROVED' }, select: { id: true } })
    await signPackages(
      tx,
      key,
      approved.map(({ id }) => id),
    )
  })
}

async function signPackages(tx: Tx, key: SigningKey, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const row = await tx.package.findUniqueOrThrow({
      where: { id },
      select: STATED,
    })
    const statement = approvedStatement(row)
    const registrySignature = new Uint8Array(sign(null, statement, key.privateKey))
    await tx.package.update({
      where: { id },
      data: { registrySignature, signingKeyId: key.id },
      select: { id: true },
    })
  }
}
