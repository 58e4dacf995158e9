import { randomBytes } from 'node:crypto'
import type { App } from '../../app.ts'
import { KEY_BYTES, keyFingerprint, open, seal } from '../../platform/crypto.ts'
import type { SecretOwner } from './secret-owner.ts'

/** The key under which an organization's secrets are encrypted, made with its first one. It never leaves the process. */
export async function dataKeyOf(app: App, organizationId: string): Promise<Uint8Array> {
  const context = `data-key\0${organizationId}`
  const wrappedKey = seal(app.masterKey, randomBytes(KEY_BYTES), context)
  await app.database.prisma.secretKey.createMany({
    data: [
      { organizationId, masterKeyId: keyFingerprint(app.masterKey), wrappedKey, createdAt: app.clock.now() },
    ],
    skipDuplicates: true,
  })
  const stored = await app.database.prisma.secretKey.findUniqueOrThrow({
    where: { organizationId },
    select: { wrappedKey: true },
  })
  return open(app.masterKey, stored.wrappedKey, context)
}

/** Where a secret belongs, bound into its ciphertext: moved to another row, it does not open. */
export interface SecretPlace extends SecretOwner {
  key: string
}

export function secretContext({ organizationId, pluginId, siteId, key }: SecretPlace): string {
  return ['secret', organizationId, pluginId ?? '-', siteId ?? '-', key].join('\0')
}
