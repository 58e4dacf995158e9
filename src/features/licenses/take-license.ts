import type { App } from '../../app.ts'
import { UserError } from '../../lib/errors.ts'
import type { JsonValue } from '../../lib/json.ts'
import type { Tx } from '../../platform/database.ts'
import { findCandidates } from './find-candidates.ts'
import {
  CHECKED,
  checkLicense,
  isUsable,
  LICENSE_CODES,
  LICENSE_DETAILS,
  type LicenseCode,
} from './license-check.ts'
import { licenseKeyHash } from './license-key.ts'
import { isPerpetual } from './perpetual.ts'
import { refuseLicense } from './refuse-license.ts'

/** Who wants a seat, and by which key where he gives one. */
export interface TakeLicenseInput {
  pluginId: string
  packageId: string
  site: { id: string; organizationId: string }
  /** Takes a seat also where the plugin needs no licence. */
  licenseKey?: string | undefined
}

/** By which an installation runs from now on. */
export interface TakenLicense {
  licenseId: string
  /** Its version stays usable after the expiry. */
  perpetual: boolean
}

/**
 * Finds the licence for a version of a plugin at a site and takes its seat, inside the transaction that writes the
 * installation: the licence of the key, else the best one of the site and its organization. A site keeps the seat that it
 * has, also through upgrades, and never holds two of one plugin. Null where the plugin needs none and none is given.
 *
 * @throws {UserError} NOT_FOUND for an unknown key, LICENSE_REQUIRED, LICENSE_INVALID, LICENSE_EXPIRED, LICENSE_LIMIT
 */
export async function takeLicense(
  tx: Tx,
  app: App,
  { pluginId, packageId, site, licenseKey }: TakeLicenseInput,
): Promise<TakenLicense | null> {
  const version = await tx.package.findUniqueOrThrow({
    where: { id: packageId },
    select: { submittedAt: true, plugin: { select: POLICY } },
  })
  const { labels } = await tx.site.findUniqueOrThrow({ where: { id: site.id }, select: { labels: true } })
  const use: Use = {
    pluginId,
    site: { ...site, labels: labels as JsonValue },
    now: app.clock.now(),
    releasedAt: version.submittedAt,
    perpetualFallback: version.plugin.perpetualFallback,
  }
  if (licenseKey !== undefined) return await takeByKey(tx, use, licenseKey)
  return await takeBest(tx, use, version.plugin)
}

const POLICY = { slug: true, licenseRequired: true, perpetualFallback: true } as const

interface Use {
  pluginId: string
  site: { id: string; organizationId: string; labels: JsonValue }
  now: Date
  releasedAt: Date
  perpetualFallback: boolean
}

interface Outcome {
  id: string
  code: LicenseCode
  seated: boolean
  taken: TakenLicense | null
}

async function takeByKey(tx: Tx, use: Use, licenseKey: string): Promise<TakenLicense> {
  const keyHash = licenseKeyHash(licenseKey)
  const found =
    keyHash === null ? null : await tx.license.findUnique({ where: { keyHash }, select: { id: true } })
  if (found === null) throw new UserError('NOT_FOUND', LICENSE_DETAILS.NOT_FOUND, ['licenseKey'])
  const { code, taken } = await tryLicense(tx, use, found.id)
  if (taken === null) throw refuseLicense(code, ['licenseKey'])
  return taken
}

async function takeBest(
  tx: Tx,
  use: Use,
  plugin: { slug: string; licenseRequired: boolean },
): Promise<TakenLicense | null> {
  const candidates = await findCandidates(tx, use.pluginId, use.site, use.now, plugin.licenseRequired)
  let nearest: Outcome | null = null
  for (const { id } of candidates) {
    const outcome = await tryLicense(tx, use, id)
    if (outcome.taken !== null) return outcome.taken
    if (nearest === null || rank(outcome) > rank(nearest)) nearest = outcome
  }
  // Without need the seat is kept, whatever became of the licence: whoever uninstalls gives it back.
  if (!plugin.licenseRequired) return nearest?.seated ? { licenseId: nearest.id, perpetual: false } : null
  const told = nearest !== null && (nearest.seated || TOLD.includes(nearest.code)) ? nearest.code : null
  if (told !== null) throw refuseLicense(told)
  throw new UserError(
    'LICENSE_REQUIRED',
    `${plugin.slug} needs a licence at this site: give a licence key, or have one issued to the organization.`,
  )
}

/** Of licences that were looked for and not named, only what makes the search end differently for the customer. */
const TOLD: readonly LicenseCode[] = ['EXPIRED', 'TOO_MANY_INSTALLATIONS']

/** How near a licence was to being usable; the site's own is the one to speak of. */
function rank({ code, seated }: Outcome): number {
  return LICENSE_CODES.indexOf(code) + (seated ? LICENSE_CODES.length : 0)
}

/** The check and the seat under one lock of the licence's row: who comes meanwhile waits, and then sees this seat. */
async function tryLicense(tx: Tx, use: Use, id: string): Promise<Outcome> {
  await tx.$queryRaw`select id from license where id = ${id}::uuid for no key update`
  const { seats, ...license } = await tx.license.findUniqueOrThrow({
    where: { id },
    select: { ...CHECKED, seats: { where: { siteId: use.site.id }, select: { siteId: true } } },
  })
  const seated = seats.length > 0
  const code = checkLicense(license, { ...use, seated })
  const perpetual = isPerpetual(use, license.expiresAt)
  // Expired, but this site ran by it, and the version is one that stays usable: an upgrade among such, or a new start.
  const stays = code === 'EXPIRED' && seated && perpetual
  if (!isUsable(code) && !stays) return { id, code, seated, taken: null }
  await takeSeat(tx, use, id)
  return { id, code, seated, taken: { licenseId: id, perpetual } }
}

/** The seat and the counter in one statement, each only with the other; a seat that is there already is kept. */
async function takeSeat(tx: Tx, { pluginId, site, now }: Use, licenseId: string): Promise<void> {
  await tx.$executeRaw`
    with taken as (
      insert into license_seat (license_id, site_id, taken_at) values (${licenseId}::uuid, ${site.id}::uuid, ${now})
      on conflict do nothing returning license_id)
    update license set used_installations = used_installations + 1, updated_at = ${now}
    from taken where license.id = taken.license_id`
  await tx.$executeRaw`
    with given as (
      delete from license_seat seat using license other
      where seat.site_id = ${site.id}::uuid and other.id = seat.license_id
        and other.plugin_id = ${pluginId}::uuid and other.id <> ${licenseId}::uuid
      returning seat.license_id)
    update license set used_installations = used_installations - 1, updated_at = ${now}
    from given where license.id = given.license_id`
}
