import type { App } from '../../app.ts'
import type { Tx } from '../../platform/database.ts'

/** Gives the seat of a site back; nothing where it has none, so that it can be called twice. */
export async function releaseLicense(
  tx: Tx,
  app: App,
  { licenseId, siteId }: { licenseId: string; siteId: string },
): Promise<void> {
  // The licence's row first, as whoever takes a seat does: two that lock in another order would wait for each other.
  await tx.$queryRaw`select id from license where id = ${licenseId}::uuid for no key update`
  await tx.$executeRaw`
    with given as (
      delete from license_seat where license_id = ${licenseId}::uuid and site_id = ${siteId}::uuid returning license_id)
    update license set used_installations = used_installations - 1, updated_at = ${app.clock.now()}
    from given where license.id = given.license_id`
}
