import { RequestError, UserError } from '../../lib/errors.ts'
import type { Manifest } from '../../archive/manifest.ts'
import type { InstallationStatus } from '../../generated/prisma/enums.ts'
import type { Tx } from '../../platform/database.ts'
import { BROKEN_OFF } from '../invocations/still-active.ts'
import { CURRENT } from './policy.ts'
import type { Plan } from './resolver/plan.ts'

/** What is at a site: what a plan was made for. */
export interface SiteState {
  hostVersion: string
  there: There[]
}

/** An installation in force. */
export interface There {
  id: string
  pluginId: string
  packageId: string
  slug: string
  status: InstallationStatus
  operation: string | null
  manifest: Manifest
}

/** The site is not any more what the plan was made for. */
export class PlanStale extends Error {
  override readonly name = 'PlanStale'
}

/** What is at the site now. */
export async function readSiteState(db: Tx, siteId: string): Promise<SiteState> {
  const site = await db.site.findUniqueOrThrow({
    where: { id: siteId },
    select: {
      hostVersion: true,
      installations: {
        where: CURRENT,
        select: {
          id: true,
          pluginId: true,
          packageId: true,
          status: true,
          operation: true,
          plugin: { select: { slug: true } },
          package: { select: { manifest: true } },
        },
      },
    },
  })
  const there = site.installations.map(({ plugin, package: { manifest }, ...row }) => ({
    ...row,
    slug: plugin.slug,
    manifest: manifest as unknown as Manifest,
  }))
  return { hostVersion: site.hostVersion, there }
}

/**
 * Holds what is at the site against what the plan was made for.
 *
 * @param manifests of what the plan installs or upgrades to, by package id
 * @throws {PlanStale} where something came, went or changed that the plan has to do with
 */
export function requireUnchanged(
  before: SiteState,
  now: SiteState,
  plan: Plan,
  manifests: ReadonlyMap<string, Manifest>,
): void {
  const keyOf = (it: There): string => `${it.id} ${it.packageId}`
  const [then, here] = [new Set(before.there.map(keyOf)), new Set(now.there.map(keyOf))]
  const changed = [
    ...before.there.filter((it) => !here.has(keyOf(it))),
    ...now.there.filter((it) => !then.has(keyOf(it))),
  ]
  if (before.hostVersion !== now.hostVersion || changed.some((it) => concerns(it, plan, manifests)))
    throw new PlanStale('The site has changed since the plan was made.')
}

function concerns(it: There, plan: Plan, manifests: ReadonlyMap<string, Manifest>): boolean {
  if (plan.steps.some((step) => step.candidate.slug === it.slug)) return true
  return plan.steps.some(({ candidate }) => {
    const manifest = manifests.get(candidate.packageId)
    if (manifest === undefined) return false
    return (
      namesOf(it.manifest).has(candidate.slug) ||
      namesOf(manifest).has(it.slug) ||
      (contributes(it.manifest) && contributes(manifest))
    )
  })
}

/** Plugins that a manifest says something about. */
function namesOf({ dependencies, optionalDependencies, conflicts }: Manifest): Set<string> {
  return new Set(Object.keys({ ...dependencies, ...optionalDependencies, ...conflicts }))
}

/** Two that add to the host could collide. */
function contributes(manifest: Manifest): boolean {
  return Object.values(manifest.contributes).some((list) => list.length > 0)
}

/**
 * What a plan builds on is finished and stays: CONFLICT where somebody just changes it, INVALID_STATE where it FAILED.
 *
 * @param claimed what the plan itself has claimed
 */
export function requireSettled(now: SiteState, plan: Plan, claimed: ReadonlySet<string>): void {
  for (const { candidate, action } of plan.steps) {
    const it = now.there.find((one) => one.pluginId === candidate.pluginId)
    if (it === undefined || action === 'INSTALL') continue
    if (it.status === 'FAILED') {
      const message = `${it.slug} is FAILED at this site: retry or uninstall it first.`
      throw new UserError('INVALID_STATE', message, ['siteId'])
    }
    if (it.operation === null || (claimed.has(it.id) && it.operation !== BROKEN_OFF)) continue
    throw new RequestError('CONFLICT', `${it.slug} is just being changed at this site: try again.`)
  }
}
