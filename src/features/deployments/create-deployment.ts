import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { can, requireKnown } from '../../auth/authorize.ts'
import { record } from '../../events/record.ts'
import type { DeploymentType } from '../../generated/prisma/enums.ts'
import { notFound, RequestError, UserError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import type { JsonValue } from '../../lib/json.ts'
import { installablePackage } from '../installations/choose-package.ts'
import { checkedConfiguration } from '../installations/checked-configuration.ts'

/** More sites are taken by several deployments. */
const MAX_TARGETS = 10_000

/** What is to be rolled out, and where. */
export interface CreateDeploymentInput {
  type: DeploymentType
  packageId: string
  siteIds: string[]
  /** Given to each installation; what is there is kept where left out. */
  configuration?: JsonValue | undefined
  /** Default: it runs afterwards. */
  activate?: boolean | undefined
}

/**
 * Takes a package to sites, each by a job of its own: installed where it is not there, upgraded where an older version
 * is, skipped where the same is. Returns the deployment's id.
 */
export async function createDeployment(
  app: App,
  actor: Actor,
  input: CreateDeploymentInput,
): Promise<string> {
  requireKnown(actor)
  const sites = await targetSites(app, actor, input.siteIds)
  const chosen = await installablePackage(app, actor, input.packageId, sites)
  const organizations = new Set(sites.map((site) => site.organizationId))
  const organizationId = organizations.size === 1 ? [...organizations][0]! : null
  const configuration =
    input.configuration === undefined
      ? undefined
      : await checkedConfiguration(app, { packageId: chosen.id, organizationId }, input.configuration)
  const id = newId()
  const at = app.clock.now()
  await change(app, async (tx) => {
    await tx.deployment.create({
      data: {
        id,
        organizationId,
        type: input.type,
        status: 'RUNNING',
        pluginId: chosen.pluginId,
        packageId: chosen.id,
        ...(configuration === undefined ? {} : { configuration }),
        activate: input.activate ?? true,
        createdAt: at,
        startedAt: at,
        createdById: actor.principalId,
      },
      select: { id: true },
    })
    await tx.deploymentTarget.createMany({
      data: sites.map((site) => ({
        id: newId(),
        deploymentId: id,
        siteId: site.id,
        organizationId: site.organizationId,
        status: 'PENDING' as const,
      })),
    })
    const payload = { slug: chosen.slug, version: chosen.version, targets: sites.length }
    await record(tx, 'deployment.created', payload, {
      organizationId,
      subjectId: id,
      pluginId: chosen.pluginId,
      ...by(actor),
      at,
    })
  })
  return id
}

async function targetSites(
  app: App,
  actor: Actor,
  siteIds: readonly string[],
): Promise<{ id: string; organizationId: string }[]> {
  const wanted = [...new Set(siteIds)]
  if (wanted.length === 0)
    throw new UserError('INVALID_INPUT', 'A deployment needs at least one site.', ['siteIds'])
  if (wanted.length > MAX_TARGETS) {
    throw new UserError('INVALID_INPUT', `A deployment has at most ${MAX_TARGETS} sites.`, ['siteIds'])
  }
  const sites = await app.database.prisma.site.findMany({
    where: { id: { in: wanted } },
    select: { id: true, organizationId: true },
    orderBy: { id: 'asc' },
  })
  const visible = sites.filter((site) => can(actor, 'tenancy:read', site.organizationId))
  if (visible.length < wanted.length) throw notFound('site')
  if (visible.every((site) => can(actor, 'deployments:manage', site.organizationId))) return visible
  throw new RequestError(
    'FORBIDDEN',
    'This needs the permission deployments:manage at every one of the sites.',
  )
}
