import type { App } from '../../app.ts'
import { UserError } from '../../lib/errors.ts'
import { reload } from '../installations/activate-installation.ts'
import { revoked } from '../installations/hold-approved.ts'
import { refusalOf } from '../installations/install-plugin.ts'
import { packageSource, readCandidates } from '../installations/package-source.ts'
import { CURRENT } from '../installations/policy.ts'
import type { Candidate, PlanStep } from '../installations/resolver/plan.ts'
import { resolvePlan } from '../installations/resolver/resolve-plan.ts'
import { readSiteState, type SiteState } from '../installations/site-state.ts'
import { inDependencyOrder, type Target } from '../invocations/target.ts'
import { formerInstallation, type Former } from './former-installation.ts'

/** An installation with what it goes back to. */
export interface Going {
  target: Target
  former: Former
}

/** Which installations go back, to what, and the site for which that was found out. */
export interface RollbackPlan {
  /** What goes back, what is needed before what needs it; the one that was asked for among them. */
  going: Going[]
  /** What was at the site when the plan was made. */
  seen: SiteState
  /** What is concerned: what goes back, and what that needs. */
  steps: PlanStep[]
}

/**
 * What has to be done for an installation to go back: itself, and, where its former version cannot stand beside what is there
 * now, all that was upgraded in one step with it.
 *
 * @throws {UserError} INVALID_STATE where nothing was before; REVOKED; HOST_INCOMPATIBLE, DEPENDENCY_CONFLICT, CONTRIBUTION_CONFLICT
 */
export async function planRollback(app: App, target: Target): Promise<RollbackPlan> {
  const seen = await readSiteState(app.database.prisma, target.siteId)
  const alone = [await goingOf(app, target)]
  const first = await stepsOf(app, seen, alone)
  if (!(first instanceof UserError)) return { going: alone, seen, steps: first }
  const others = await upgradedWith(app, target)
  if (others.length === 0) throw first
  const all = inDependencyOrder([target, ...others])
  const going = await Promise.all(all.map((one) => goingOf(app, one)))
  const steps = await stepsOf(app, seen, going)
  if (steps instanceof UserError) throw first
  return { going, seen, steps }
}

async function goingOf(app: App, target: Target): Promise<Going> {
  const former = await formerInstallation(app, target.id)
  if (former === null) {
    const message = `${target.slug} ${target.version} came by no upgrade: there is nothing to go back to.`
    throw new UserError('INVALID_STATE', message, ['installationId'])
  }
  const { status } = await app.database.prisma.package.findUniqueOrThrow({
    where: { id: former.packageId },
    select: { status: true },
  })
  if (status === 'REVOKED') throw revoked(`${target.slug} ${former.version}`)
  return { target, former }
}

/** Each of them is held against all that is there as it would be afterwards. */
async function stepsOf(
  app: App,
  { hostVersion }: SiteState,
  going: readonly Going[],
): Promise<PlanStep[] | UserError> {
  const { siteId, organizationId } = going[0]!.target
  const there = await app.database.prisma.installation.findMany({
    where: { siteId, AND: [CURRENT] },
    select: { id: true, packageId: true, package: { select: { status: true } } },
  })
  const packageIds = [...there, ...going.map(({ former }) => former)].map((it) => it.packageId)
  const candidates = new Map((await readCandidates(app, packageIds)).map((it) => [it.packageId, it]))
  const afterwards = there.map((row) => {
    const packageId = going.find(({ target }) => target.id === row.id)?.former.packageId ?? row.packageId
    const revokedNow = packageId === row.packageId && row.package.status === 'REVOKED'
    return { ...candidates.get(packageId)!, installationId: row.id, revoked: revokedNow }
  })
  const source = packageSource(app, { id: siteId, organizationId })
  const steps: PlanStep[] = []
  for (const { target, former } of going) {
    const root = candidates.get(former.packageId)!
    const installed = afterwards.filter((it) => it.installationId !== target.id)
    const plan = await resolvePlan({ root, hostVersion, installed, source })
    if (plan.conflicts.length > 0) return refusalOf(plan)
    const lacking = plan.steps.find((it) => it.action !== 'KEEP' && it.candidate.slug !== root.slug)
    if (lacking !== undefined) return lacks(root, lacking)
    steps.push(...plan.steps)
  }
  return steps
}

function lacks(root: Candidate, { action, candidate }: PlanStep): UserError {
  const what = `${candidate.slug} ${candidate.version}`
  const advice = action === 'INSTALL' ? `install ${what} first` : `upgrade it to ${what} first`
  const message = `${root.slug} ${root.version} cannot stand beside what is at the site now without another ${candidate.slug}: ${advice}.`
  return new UserError('DEPENDENCY_CONFLICT', message, ['installationId'])
}

/** What else at the site came into force in the same transaction, and still is. */
async function upgradedWith(app: App, { id, siteId }: Target): Promise<Target[]> {
  const rows = await app.database.prisma.$queryRaw<{ id: string }[]>`
    select other.subject_id::text as id from event own
      join event other on other.xid = own.xid and other.type = 'plugin.upgraded' and other.subject_id <> own.subject_id
      join installation i on i.id = other.subject_id
    where own.type = 'plugin.upgraded' and own.subject_id = ${id}::uuid and i.site_id = ${siteId}::uuid
      and i.superseded_by_id is null and i.status <> 'UNINSTALLED'`
  return await Promise.all(rows.map((row) => reload(app, row.id)))
}
