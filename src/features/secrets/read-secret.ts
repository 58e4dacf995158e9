import type { App } from '../../app.ts'
import { open } from '../../platform/crypto.ts'
import { dataKeyOf, secretContext } from './data-key.ts'
import type { SecretOwner } from './secret-owner.ts'

/** The values of a secret that count now. */
export interface SecretVersions {
  current: string
  /** The one before, for a day after a change; null: there is none. */
  previous: string | null
}

/** The value of an owner's secret: at a site its own, over its organization's; null where there is none. */
export async function readSecret(app: App, owner: SecretOwner, key: string): Promise<string | null> {
  return (await readSecretVersions(app, owner, key))?.current ?? null
}

/** The same with the value before it, for signatures that must hold while a secret is changed. */
export async function readSecretVersions(
  app: App,
  { organizationId, pluginId, siteId }: SecretOwner,
  key: string,
): Promise<SecretVersions | null> {
  const found = await app.database.prisma.secret.findMany({
    where: { organizationId, pluginId, key, OR: [{ siteId }, { siteId: null }] },
    select: { siteId: true, sealed: true, previousSealed: true, previousUntil: true },
  })
  const secret = found.find((row) => row.siteId !== null) ?? found[0]
  if (secret === undefined) return null
  const { sealed, previousSealed, previousUntil } = secret
  const dataKey = await dataKeyOf(app, organizationId)
  const context = secretContext({ organizationId, pluginId, siteId: secret.siteId, key })
  const read = (bytes: Uint8Array): string => Buffer.from(open(dataKey, bytes, context)).toString('utf8')
  const counts = previousSealed !== null && previousUntil !== null && previousUntil > app.clock.now()
  return { current: read(sealed), previous: counts ? read(previousSealed) : null }
}
