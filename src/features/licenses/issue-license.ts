import { z } from 'zod'
import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { requireKnown } from '../../auth/authorize.ts'
import { record } from '../../events/record.ts'
import type { License } from '../../generated/prisma/client.ts'
import type { LicenseType } from '../../generated/prisma/enums.ts'
import { checkInput, label } from '../../lib/check-input.ts'
import { UserError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import { isUniqueViolation } from '../../platform/database.ts'
import { currentSigningKey } from '../signatures/signing-key.ts'
import { signCertificate } from './certificate.ts'
import { giveLicenses } from './give-licenses.ts'
import { drawLicenseKey, keyEndOf, licenseKeyHash, sealLicenseKey } from './license-key.ts'
import { endsAtOf, MAX_GRACE_DAYS, reachedMark } from './license-times.ts'
import { termOf } from './license-term.ts'
import { findLicensee } from './licensee.ts'
import { licensablePlugin } from './licensable-plugin.ts'

/** Entitlements are names of what is unlocked, not documents: they travel in each certificate and each call. */
const MAX_ENTITLEMENTS = 100
/** What an `Int` of the graph holds. */
const MAX_SEATS = 2 ** 31 - 1

const Input = z.object({
  maxInstallations: z
    .int('is a whole number')
    .min(1, 'is at least 1; left out there is no limit')
    .max(MAX_SEATS, `is at most ${MAX_SEATS}`)
    .nullable(),
  gracePeriodDays: z
    .int('is a whole number')
    .min(0, 'is at least 0')
    .max(MAX_GRACE_DAYS, `is at most ${MAX_GRACE_DAYS}`),
  entitlements: z
    .array(label)
    .max(MAX_ENTITLEMENTS, `has at most ${MAX_ENTITLEMENTS} entries`)
    .refine((names) => new Set(names).size === names.length, 'must not hold one twice'),
})

/** For whom a licence of a plugin is issued, for how long, and with how many seats. */
export interface IssueLicenseInput {
  pluginId: string
  type: LicenseType
  organizationId?: string | undefined
  siteId?: string | undefined
  maxInstallations?: number | undefined
  startsAt?: Date | undefined
  expiresAt?: Date | undefined
  gracePeriodDays?: number | undefined
  entitlements?: readonly string[] | undefined
}

/** Issues a licence with a new key. Needs `licenses:manage` for the plugin's owner. Returns its id. */
export async function issueLicense(app: App, actor: Actor, input: IssueLicenseInput): Promise<string> {
  requireKnown(actor)
  const plugin = await licensablePlugin(app, actor, input.pluginId, 'licenses:manage')
  const licensee = await findLicensee(app, actor, input)
  if (input.type === 'SITE' && (input.maxInstallations ?? 1) > 1) {
    throw new UserError('INVALID_INPUT', 'A SITE licence has one seat: its site.', ['maxInstallations'])
  }
  const at = app.clock.now()
  const checked = checkInput(Input, {
    maxInstallations: input.maxInstallations ?? (input.type === 'SITE' ? 1 : null),
    gracePeriodDays: input.gracePeriodDays ?? 0,
    entitlements: input.entitlements ?? [],
  })
  const term = termOf(input, plugin, at)
  const id = newId()
  const key = drawLicenseKey()
  const license: License = {
    id,
    pluginId: plugin.id,
    ...licensee,
    type: input.type,
    status: 'ACTIVE',
    keyHash: licenseKeyHash(key)!,
    sealedKey: new Uint8Array(),
    keyEnd: keyEndOf(key),
    ...checked,
    usedInstallations: 0,
    ...term,
    endsAt: endsAtOf(term.expiresAt, checked.gracePeriodDays),
    statusReason: null,
    certificate: '',
    serial: 1,
    toldDays: reachedMark(term.expiresAt, at),
    issuedById: actor.principalId,
    createdAt: at,
    updatedAt: at,
  }
  const signingKey = await currentSigningKey(app)
  license.certificate = await signCertificate(app, signingKey, plugin.slug, license)
  try {
    await change(app, async (tx) => {
      license.sealedKey = await sealLicenseKey(tx, app, id, key)
      await tx.license.create({ data: license, select: { id: true } })
      const payload = { slug: plugin.slug, type: license.type, keyEnd: license.keyEnd }
      await record(tx, 'license.issued', payload, {
        organizationId: licensee.organizationId ?? plugin.ownerId,
        siteId: licensee.siteId,
        subjectId: id,
        pluginId: plugin.id,
        ...by(actor),
        changed: { before: null, after: toldOf(license) },
        at,
      })
      const { organizationId, siteId } = licensee
      if (organizationId === null) return
      await giveLicenses(tx, app, {
        pluginId: plugin.id,
        organizationId,
        ...(siteId === null ? {} : { siteId }),
      })
    })
  } catch (error) {
    if (license.type !== 'TRIAL' || !isUniqueViolation(error)) throw error
    throw new UserError('TRIAL_USED', `The organization has had its trial of ${plugin.slug}.`, ['type'])
  }
  return id
}

/** What the audit log keeps of a new licence: not its key. */
function toldOf(license: License) {
  return {
    status: license.status,
    maxInstallations: license.maxInstallations,
    startsAt: license.startsAt.toISOString(),
    expiresAt: license.expiresAt?.toISOString() ?? null,
    gracePeriodDays: license.gracePeriodDays,
    entitlements: license.entitlements,
  }
}
