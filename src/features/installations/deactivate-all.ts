import { z } from 'zod'
import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { can, requireIn, requireKnown, requireOnPlatform } from '../../auth/authorize.ts'
import { record, recordAll } from '../../events/record.ts'
import { Prisma } from '../../generated/prisma/client.ts'
import { checkInput, prose } from '../../lib/check-input.ts'
import { notFound, RequestError } from '../../lib/errors.ts'
import type { Tx } from '../../platform/database.ts'
import { BROKEN_OFF } from '../invocations/still-active.ts'
import { checkOrganization } from '../tenancy/existing-organization.ts'
import { holdHalt } from './halt-lock.ts'

const Input = z.object({ reason: prose })

/** Installations that one transaction stops: few enough that live readers keep up, and locks are short. */
const BATCH = 200

/** Where everything is to stop, and why: at a site, in an organization, or with neither on the platform. */
export interface DeactivateAllInput {
  organizationId?: string | undefined
  /** Neither: the whole platform. */
  siteId?: string | undefined
  reason: string
}

interface Scope {
  organizationId: string | null
  siteId: string | null
}

interface Row {
  id: string
  organizationId: string
  siteId: string
  pluginId: string
  slug: string
  version: string
}

/**
 * The emergency switch: stops all that runs in its scope, whatever the plugins do. No hook is asked; what is just being
 * done to an installation is broken off; and every process kills the code as soon as it hears of it. Returns how
 * many installations were ACTIVE. What is begun before it has returned is stopped as well, or begins after all else was.
 */
export async function deactivateAll(app: App, actor: Actor, input: DeactivateAllInput): Promise<number> {
  const scope = await requireScope(app, actor, input)
  const { reason } = checkInput(Input, input)
  await change(app, async (tx) => await tellHalt(tx, app, actor, scope, reason, await breakOff(tx, scope)))
  let deactivated = 0
  let stopped: number
  do {
    stopped = await change(app, (tx) => stopBatch(tx, app, actor, scope, reason))
    if (stopped < BATCH) stopped += await change(app, (tx) => stopLast(tx, app, actor, scope, reason))
    deactivated += stopped
  } while (stopped >= BATCH)
  return deactivated
}

async function requireScope(app: App, actor: Actor, input: DeactivateAllInput): Promise<Scope> {
  requireKnown(actor)
  const { organizationId = null, siteId = null } = input
  if (organizationId !== null && siteId !== null)
    throw new RequestError('BAD_USER_INPUT', 'Give an organization or a site, or neither for all.')
  if (siteId !== null) {
    const where = { id: siteId }
    const site = await app.database.prisma.site.findUnique({ where, select: { organizationId: true } })
    if (site === null || !can(actor, 'tenancy:read', site.organizationId)) throw notFound('site')
    requireIn(actor, 'installations:manage', site.organizationId, 'site')
    return { organizationId: site.organizationId, siteId }
  }
  if (organizationId === null) {
    requireOnPlatform(actor, 'plugins:manage')
    return { organizationId, siteId }
  }
  requireIn(actor, 'installations:manage', organizationId, 'organization')
  await checkOrganization(app, organizationId)
  return { organizationId, siteId }
}

function within({ organizationId, siteId }: Scope): Prisma.Sql {
  if (siteId !== null) return Prisma.sql`i.site_id = ${siteId}::uuid`
  return organizationId === null ? Prisma.sql`true` : Prisma.sql`i.organization_id = ${organizationId}::uuid`
}

/**
 * What somebody has begun since, or has just let run. Nobody begins anything meanwhile: whoever did before is broken off here, or his
 * is stopped, and whoever does after has begun after the switch was thrown.
 */
async function stopLast(tx: Tx, app: App, actor: Actor, scope: Scope, reason: string): Promise<number> {
  await holdHalt(tx, scope.organizationId)
  const halted = await breakOff(tx, scope)
  if (halted.length > 0) await tellHalt(tx, app, actor, scope, reason, halted)
  return await stopBatch(tx, app, actor, scope, reason)
}

/** What holds a claim loses it: its commit will find it gone. Returns the installations. */
async function breakOff(tx: Tx, scope: Scope): Promise<string[]> {
  const busy = await tx.$queryRaw<{ id: string }[]>`
    select i.id from installation i
    where ${within(scope)} and (i.operation <> ${BROKEN_OFF} or (i.operation is null and i.status = 'INSTALLING'
      and not exists (select from installation old where old.id = i.supersedes_id and old.operation = ${BROKEN_OFF})))
    order by i.id for update of i`
  const halted = busy.map(({ id }) => id)
  await tx.installation.updateMany({
    where: { id: { in: halted }, operation: { not: null } },
    data: { operation: BROKEN_OFF },
  })
  return halted
}

/** The processes kill what runs in the scope, and what was broken off. */
async function tellHalt(
  tx: Tx,
  app: App,
  actor: Actor,
  scope: Scope,
  reason: string,
  halted: string[],
): Promise<void> {
  await record(
    tx,
    'plugin.all_disabled',
    { reason, halted },
    { ...scope, subjectId: scope.siteId ?? scope.organizationId, ...by(actor), at: app.clock.now() },
  )
}

async function stopBatch(tx: Tx, app: App, actor: Actor, scope: Scope, reason: string): Promise<number> {
  const rows = await tx.$queryRaw<Row[]>`
    select i.id, i.organization_id as "organizationId", i.site_id as "siteId", i.plugin_id as "pluginId",
      plugin.slug, package.version
    from installation i join package on package.id = i.package_id join plugin on plugin.id = i.plugin_id
    where i.status = 'ACTIVE' and i.superseded_by_id is null and ${within(scope)}
    order by i.id limit ${BATCH} for update of i`
  if (rows.length === 0) return 0
  const ids = rows.map(({ id }) => id)
  const at = app.clock.now()
  await tx.installation.updateMany({
    where: { id: { in: ids } },
    data: { status: 'INACTIVE', deactivatedAt: at },
  })
  await tx.jobSchedule.deleteMany({ where: { installationId: { in: ids } } })
  await recordAll(
    tx,
    'plugin.disabled',
    rows.map(({ id, slug, version, ...where }) => ({
      payload: {
        slug,
        version,
        previousStatus: 'ACTIVE' as const,
        status: 'INACTIVE' as const,
        reason,
        atOnce: true,
      },
      scope: {
        ...where,
        subjectId: id,
        ...by(actor),
        changed: { before: { status: 'ACTIVE' }, after: { status: 'INACTIVE' } },
        at,
      },
    })),
  )
  return rows.length
}
