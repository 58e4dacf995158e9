import { z } from 'zod'
import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { can, requireSomewhere } from '../../auth/authorize.ts'
import { record } from '../../events/record.ts'
import type { Prisma } from '../../generated/prisma/client.ts'
import { checkInput, prose } from '../../lib/check-input.ts'
import { notFound, UserError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import type { Tx } from '../../platform/database.ts'
import { visiblePackages, visiblePlugins } from '../packages/policy.ts'

const Input = z.object({
  rating: z.int('is a whole number').min(1, 'is 1 to 5').max(5, 'is 1 to 5'),
  comment: prose.optional(),
})

export interface RatePluginInput {
  pluginId: string
  /** 1 to 5. */
  rating: number
  comment?: string | undefined
  /** Where it was tried: the rating is of the version that is installed there, if one is. */
  siteId?: string | undefined
}

/** Rates a plugin, or rates it anew: there is one rating of a principal. Returns its id. */
export async function ratePlugin(app: App, actor: Actor, input: RatePluginInput): Promise<string> {
  requireSomewhere(actor, 'plugins:rate')
  const { rating, comment } = checkInput(Input, input)
  const plugin = await app.database.prisma.plugin.findFirst({
    where: { AND: [{ id: input.pluginId }, visiblePlugins(actor)] },
    select: { id: true, slug: true },
  })
  if (plugin === null) throw notFound('plugin')
  const rated = await ratedPackage(app, actor, plugin, input.siteId)
  const at = app.clock.now()
  return await change(app, async (tx) => {
    // Ratings of one plugin take their turns, so that each average counts those before it.
    await tx.$queryRaw`select id from plugin where id = ${plugin.id}::uuid for no key update`
    const columns = {
      packageId: rated.id,
      rating,
      comment: comment ?? null,
      siteId: input.siteId ?? null,
      updatedAt: at,
    }
    const mine = { pluginId_authorId: { pluginId: plugin.id, authorId: actor.principalId! } }
    const before = await tx.rating.findUnique({ where: mine, select: { rating: true, comment: true } })
    const { id } = await tx.rating.upsert({
      where: mine,
      create: { id: newId(), pluginId: plugin.id, authorId: actor.principalId!, createdAt: at, ...columns },
      update: columns,
      select: { id: true },
    })
    await keepAverage(tx, plugin.id)
    const changed = { before, after: { rating, comment: comment ?? null } }
    await record(
      tx,
      'plugin.rated',
      { slug: plugin.slug, version: rated.version, rating },
      { subjectId: plugin.id, pluginId: plugin.id, ...by(actor), changed, at },
    )
    await actor.trail?.attempt?.settle(tx, { ratingId: id, pluginId: plugin.id })
    return id
  })
}

/** The package at the site, else the plugin's latest release, else the highest approved version that the actor may see. */
async function ratedPackage(
  app: App,
  actor: Actor,
  plugin: { id: string; slug: string },
  siteId: string | undefined,
): Promise<{ id: string; version: string }> {
  const there = siteId === undefined ? null : await installedPackage(app, actor, plugin.id, siteId)
  const approved = { AND: [{ pluginId: plugin.id, status: 'APPROVED' as const }, visiblePackages(actor)] }
  const find = async (where: Prisma.PackageWhereInput) =>
    await app.database.prisma.package.findFirst({
      where: { AND: [approved, where] },
      orderBy: { versionKey: 'desc' },
      select: { id: true, version: true },
    })
  const rated = there ?? (await find({ latestOf: { id: plugin.id } })) ?? (await find({}))
  if (rated !== null) return rated
  throw new UserError('NOT_APPROVED', `${plugin.slug} has no approved version that could be rated.`, [
    'pluginId',
  ])
}

async function installedPackage(
  app: App,
  actor: Actor,
  pluginId: string,
  siteId: string,
): Promise<{ id: string; version: string } | null> {
  const { prisma } = app.database
  const site = await prisma.site.findUnique({ where: { id: siteId }, select: { organizationId: true } })
  if (site === null || !can(actor, 'installations:read', site.organizationId)) throw notFound('site')
  const installed = await prisma.installation.findFirst({
    where: {
      siteId,
      pluginId,
      supersededById: null,
      status: { in: ['INSTALLED', 'ACTIVE', 'INACTIVE'] },
    },
    select: { package: { select: { id: true, version: true } } },
  })
  return installed?.package ?? null
}

async function keepAverage(tx: Tx, pluginId: string): Promise<void> {
  const { _avg, _count } = await tx.rating.aggregate({
    where: { pluginId },
    _avg: { rating: true },
    _count: true,
  })
  await tx.plugin.update({
    where: { id: pluginId },
    data: { averageRating: _avg.rating ?? 0, ratingCount: _count },
    select: { id: true },
  })
}
