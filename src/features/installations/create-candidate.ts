import { change, type App } from '../../app.ts'
import { RequestError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import type { JsonObject } from '../../lib/json.ts'
import { isUniqueViolation, type Tx } from '../../platform/database.ts'
import { loadTarget, type Target } from '../invocations/target.ts'
import { keepPerpetual } from '../licenses/keep-perpetual.ts'
import { takeLicense } from '../licenses/take-license.ts'
import { holdSwitches } from './hold-switches.ts'
import { lockSite } from './site-lock.ts'

/** What is to replace an installation. */
export interface NextInstallation {
  packageId: string
  configuration: JsonObject
  /** It goes back: by the licence that the site has, whatever became of that. */
  rollback: boolean
}

/**
 * Makes the row that is to replace an installation: INSTALLING and not in force, beside the old one. It has the old one's
 * switch, and the site's seat of a licence.
 *
 * @throws {UserError} LICENSE_REQUIRED, LICENSE_INVALID, LICENSE_EXPIRED, LICENSE_LIMIT
 */
export async function createCandidate(app: App, old: Target, next: NextInstallation): Promise<Target> {
  const id = newId()
  const { organizationId, siteId, pluginId } = old
  try {
    await change(app, async (tx) => {
      await lockSite(tx, siteId)
      const switches = await holdSwitches(tx, organizationId, [pluginId])
      const license = next.rollback ? await keptLicense(tx, old) : await takenLicense(tx, app, old, next)
      await tx.installation.create({
        data: {
          id,
          organizationId,
          siteId,
          pluginId,
          ...next,
          ...license,
          status: 'INSTALLING',
          inForce: false,
          supersedesId: old.id,
          organizationEnabled: switches.get(pluginId)!,
          processId: app.processId,
          installedAt: app.clock.now(),
        },
        select: { id: true },
      })
      // Of a version that was released before the licence ends, where the policy lets such run on.
      if (next.rollback && license.licenseId !== null)
        await keepPerpetual(tx, { licenseId: license.licenseId })
    })
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw new RequestError('CONFLICT', `Another upgrade of ${old.slug} is on its way at this site.`)
  }
  return (await loadTarget(app, { id }))!
}

async function keptLicense(tx: Tx, old: Target): Promise<{ licenseId: string | null }> {
  return await tx.installation.findUniqueOrThrow({ where: { id: old.id }, select: { licenseId: true } })
}

/** Where another licence serves now, the seat has moved to it: what is in force goes on by that one too. */
async function takenLicense(tx: Tx, app: App, old: Target, { packageId }: NextInstallation) {
  const site = { id: old.siteId, organizationId: old.organizationId }
  const taken = await takeLicense(tx, app, { pluginId: old.pluginId, packageId, site })
  if (taken === null) return { licenseId: null, perpetual: false }
  const { licenseId } = taken
  const moved = await tx.installation.updateMany({
    where: { id: old.id, OR: [{ licenseId: null }, { licenseId: { not: licenseId } }] },
    data: { licenseId, perpetual: false },
  })
  if (moved.count > 0) await keepPerpetual(tx, { licenseId })
  return taken
}
