import type { App } from '../../app.ts'
import { open } from '../../platform/crypto.ts'
import { dataKeyOf, secretContext } from './data-key.ts'

/** The value of a plugin's secret at a site: the site's own, over its organization's; null where there is none. */
export async function readSecret(
  app: App,
  owner: { organizationId: string; pluginId: string; siteId: string },
  key: string,
): Promise<string | null> {
  const { organizationId, pluginId, siteId } = owner
  const found = await app.database.prisma.secret.findMany({
    where: { organizationId, pluginId, key, OR: [{ siteId }, { siteId: null }] },
    select: { siteId: true, sealed: true },
  })
  const secret = found.find((row) => row.siteId !== null) ?? found[0]
  if (secret === undefined) return null
  const dataKey = await dataKeyOf(app, organizationId)
  const context = secretContext({ organizationId, pluginId, siteId: secret.siteId, key })
  return Buffer.from(open(dataKey, secret.sealed, context)).toString('utf8')
}
