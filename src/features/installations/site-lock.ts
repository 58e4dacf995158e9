import type { Tx } from '../../platform/database.ts'

/**
 * Held by whoever changes what is at a site, to the end of his transaction: of an installation that needs another and
 * the other's end, the later one sees the earlier. Taken before all other locks. Rows that refer to the site can be
 * written meanwhile.
 */
export async function lockSite(tx: Tx, siteId: string): Promise<void> {
  await tx.$queryRaw`select 1 as held from site where id = ${siteId}::uuid for no key update`
}
