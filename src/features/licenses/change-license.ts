import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { requireKnown } from '../../auth/authorize.ts'
import type { EventPayloads } from '../../events/catalog.ts'
import { record } from '../../events/record.ts'
import type { License } from '../../generated/prisma/client.ts'
import { notFound, RequestError } from '../../lib/errors.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { Tx } from '../../platform/database.ts'
import { currentSigningKey } from '../signatures/signing-key.ts'
import { signCertificate } from './certificate.ts'
import { canManageLicenses, LICENSE_PLACE, visibleLicenses } from './policy.ts'

/** What changes of a licence's columns. */
export type LicenseChange = Partial<
  Pick<License, 'status' | 'statusReason' | 'expiresAt' | 'endsAt' | 'toldDays'>
>

type LicenseEvent = 'license.renewed' | 'license.suspended' | 'license.reinstated' | 'license.revoked'

/** A change, and what is told of it beside what is told of every one. */
interface Decision<Type extends LicenseEvent> {
  change: LicenseChange
  payload: Omit<EventPayloads[Type], 'slug' | 'type' | 'keyEnd'>
  /** What follows in the same transaction. */
  afterwards?: (tx: Tx) => Promise<void>
}

/**
 * Changes a licence under the lock of its row, with a new certificate of the next number and its event. `decide` gets the row
 * as it is then, and throws where the change may not follow. Needs `licenses:manage` for the plugin's owner. Returns its id.
 */
export async function changeLicense<Type extends LicenseEvent>(
  app: App,
  actor: Actor,
  licenseId: string,
  type: Type,
  decide: (license: License, now: Date) => Decision<Type>,
): Promise<string> {
  await requireManageable(app, actor, licenseId)
  // Before the transaction: one that waits for another connection holds its own meanwhile.
  const key = await currentSigningKey(app)
  return await change(app, async (tx) => {
    await tx.$queryRaw`select id from license where id = ${licenseId}::uuid for update`
    const license = await tx.license.findUniqueOrThrow({ where: { id: licenseId } })
    const { slug, ownerId } = await tx.plugin.findUniqueOrThrow({
      where: { id: license.pluginId },
      select: { slug: true, ownerId: true },
    })
    const at = app.clock.now()
    const decision = decide(license, at)
    const next = { ...license, ...decision.change, serial: license.serial + 1 }
    await tx.license.update({
      where: { id: licenseId },
      data: {
        ...decision.change,
        serial: next.serial,
        certificate: await signCertificate(app, key, slug, next),
        updatedAt: at,
      },
      select: { id: true },
    })
    await decision.afterwards?.(tx)
    const payload = { slug, type: license.type, keyEnd: license.keyEnd, ...decision.payload }
    await record(tx, type, payload as unknown as EventPayloads[Type], {
      organizationId: license.organizationId ?? ownerId,
      siteId: license.siteId,
      subjectId: licenseId,
      pluginId: license.pluginId,
      ...by(actor),
      changed: changedOf(license, decision.change),
      at,
    })
    return licenseId
  })
}

async function requireManageable(app: App, actor: Actor, licenseId: string): Promise<void> {
  requireKnown(actor)
  const license = await app.database.prisma.license.findFirst({
    where: { AND: [{ id: licenseId }, visibleLicenses(actor)] },
    select: LICENSE_PLACE,
  })
  if (license === null) throw notFound('license')
  if (canManageLicenses(actor, license.plugin.ownerId)) return
  throw new RequestError('FORBIDDEN', 'Only who manages the licences of its plugin may change it.')
}

/** Before and after of the columns that people know. */
function changedOf(license: License, next: LicenseChange): { before: JsonObject; after: JsonObject } {
  const before: JsonObject = {}
  const after: JsonObject = {}
  for (const name of ['status', 'statusReason', 'expiresAt'] as const) {
    if (next[name] === undefined || next[name] === license[name]) continue
    before[name] = jsonOf(license[name])
    after[name] = jsonOf(next[name])
  }
  return { before, after }
}

function jsonOf(value: string | Date | null): string | null {
  return value instanceof Date ? value.toISOString() : value
}
