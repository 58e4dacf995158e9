import semver from 'semver'
import { z } from 'zod'
import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { record } from '../../events/record.ts'
import type { Prisma } from '../../generated/prisma/client.ts'
import { checkInput, prose } from '../../lib/check-input.ts'
import type { Tx } from '../../platform/database.ts'
import { CURRENT } from '../installations/policy.ts'
import { tellRevoked } from '../installations/tell-revoked.ts'
import { packageScope } from '../packages/package-scope.ts'
import { refreshPlugin } from '../packages/refresh-plugin.ts'
import { addReview, changeOf, packageForReview, type ReviewedPackage } from './decide.ts'
import { checkMove, movePackage } from './lifecycle.ts'

const Input = z.object({ reason: prose })

/** What is taken back, and why. */
export interface RevokePackageInput {
  packageId: string
  reason: string
  /** Set its installations INACTIVE as well. */
  deactivate: boolean
}

/** What revoking came to. */
export interface RevokedPackage {
  packageId: string
  /**
   * The highest approved version below it that its sites could have; of a release a release, where there is one. Null
   * where there is none.
   */
  lastGoodPackageId: string | null
  affectedInstallations: number
}

/**
 * Takes back an approval: with the commit nothing of the package is called any more, and every process that runs it
 * kills it when it hears the event. Then its installations are told of it, and set INACTIVE where asked.
 */
export async function revokePackage(
  app: App,
  actor: Actor,
  input: RevokePackageInput,
): Promise<RevokedPackage> {
  const found = await packageForReview(app, actor, input.packageId)
  const { reason } = checkInput(Input, input)
  checkMove(found.status, 'REVOKED')
  const { deactivate } = input
  const at = app.clock.now()
  const revoked = await change(app, async (tx) => {
    await movePackage(tx, found, { status: 'REVOKED', statusReason: reason })
    await addReview(tx, found.id, {
      decision: 'REVOKED',
      reviewerId: actor.principalId,
      comment: reason,
      at,
    })
    await refreshPlugin(tx, found.pluginId, at)
    // Whoever installs it holds the package's row: each is either counted here or refused.
    const installations = await tx.installation.count({ where: { packageId: found.id, AND: [CURRENT] } })
    const { checksum } = found
    await record(
      tx,
      'package.revoked',
      { ...changeOf(found, 'REVOKED'), reason, installations, checksum, deactivate },
      { ...packageScope(found), ...by(actor), at },
    )
    const done = {
      packageId: found.id,
      lastGoodPackageId: await lastGood(tx, found),
      affectedInstallations: installations,
    }
    await actor.trail?.attempt?.settle(tx, done)
    return done
  })
  await tellRevoked(app, { packageId: found.id, reason, deactivate, ...by(actor) })
  return revoked
}

async function lastGood(tx: Tx, found: ReviewedPackage): Promise<string | null> {
  const good = await tx.package.findMany({
    where: {
      pluginId: found.pluginId,
      status: 'APPROVED',
      yankedAt: null,
      versionKey: { lt: found.versionKey },
      registry: { OR: sameReach(found.registry) },
    },
    orderBy: { versionKey: 'desc' },
    select: { id: true, version: true },
  })
  const isRelease = ({ version }: { version: string }): boolean => semver.prerelease(version) === null
  const best = isRelease(found) ? good.find(isRelease) : undefined
  return (best ?? good[0])?.id ?? null
}

/** Registries from which every site has packages that could have them from this one. */
function sameReach({ id, organizationId }: ReviewedPackage['registry']): Prisma.RegistryWhereInput[] {
  const organizations = organizationId === null ? [] : [{ organizationId, type: 'ENTERPRISE' as const }]
  return [{ id }, { organizationId: null, type: 'ENTERPRISE' }, ...organizations]
}
