import { randomBytes } from 'node:crypto'
import type { App } from '../../app.ts'
import { KEY_BYTES, seal } from '../../platform/crypto.ts'
import { inTransaction } from '../../platform/database.ts'
import { masterKeyInForce } from '../../platform/master-keys.ts'
import { DATA_KEYS } from '../../platform/sealed-columns.ts'
import type { SecretOwner } from './secret-owner.ts'

/** The key under which an organization's secrets are encrypted, made with its first one. It never leaves the process. */
export async function dataKeyOf(app: App, organizationId: string): Promise<Uint8Array> {
  const wrapped = (await wrappedKeyOf(app, organizationId)) ?? (await makeDataKey(app, organizationId))
  return openDataKey(app, organizationId, wrapped)
}

/** The same of a row that was read already. */
export function openDataKey(app: App, organizationId: string, wrapped: Uint8Array): Uint8Array {
  return app.masterKeys.open(wrapped, DATA_KEYS.context(organizationId))
}

async function wrappedKeyOf(app: App, organizationId: string): Promise<Uint8Array | null> {
  const found = await app.database.prisma.secretKey.findUnique({
    where: { organizationId },
    select: { wrappedKey: true },
  })
  return found?.wrappedKey ?? null
}

/** Of two that make it at once the first one's counts. */
async function makeDataKey(app: App, organizationId: string): Promise<Uint8Array> {
  await inTransaction(app.database.prisma, async (tx) => {
    const { id, key } = await masterKeyInForce(tx, app.masterKeys)
    const wrappedKey = seal(key, randomBytes(KEY_BYTES), DATA_KEYS.context(organizationId))
    const row = { organizationId, masterKeyId: id, wrappedKey, createdAt: app.clock.now() }
    await tx.secretKey.createMany({ data: [row], skipDuplicates: true })
  })
  return (await wrappedKeyOf(app, organizationId))!
}

/** Where a secret belongs, bound into its ciphertext: moved to another row, it does not open. */
export interface SecretPlace extends SecretOwner {
  key: string
}

export function secretContext({ organizationId, pluginId, siteId, key }: SecretPlace): string {
  return ['secret', organizationId, pluginId ?? '-', siteId ?? '-', key].join('\0')
}
