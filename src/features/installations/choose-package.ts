import semver from 'semver'
import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { notFound, RequestError, UserError } from '../../lib/errors.ts'
import { visiblePackages, visiblePlugins } from '../packages/policy.ts'

/** A package that was chosen to be installed. */
export interface ChosenPackage {
  id: string
  pluginId: string
  slug: string
  version: string
}

/**
 * The package that somebody names to be installed: itself, or the highest approved one of a plugin in a range (its
 * latest release where no range is given). Only approved ones: NOT_APPROVED and REVOKED tell why not.
 */
export async function choosePackage(
  app: App,
  actor: Actor,
  wanted: { packageId?: string | undefined; pluginId?: string | undefined; range?: string | undefined },
): Promise<ChosenPackage> {
  if ((wanted.packageId === undefined) === (wanted.pluginId === undefined)) {
    throw new RequestError(
      'BAD_USER_INPUT',
      'Give either `packageId`, or `pluginId` (with a `range` if you like).',
    )
  }
  if (wanted.packageId !== undefined) return await approvedPackage(app, actor, wanted.packageId)
  return await highestPackage(app, actor, wanted.pluginId!, wanted.range)
}

/** The package of that id, where it may be installed. */
export async function approvedPackage(app: App, actor: Actor, packageId: string): Promise<ChosenPackage> {
  const found = await app.database.prisma.package.findFirst({
    where: { AND: [{ id: packageId }, visiblePackages(actor)] },
    select: { id: true, pluginId: true, version: true, status: true, plugin: { select: { slug: true } } },
  })
  if (found === null) throw notFound('package')
  const name = `${found.plugin.slug} ${found.version}`
  if (found.status === 'REVOKED')
    throw new UserError('REVOKED', `${name} was revoked: choose another version.`, ['packageId'])
  if (found.status !== 'APPROVED') {
    throw new UserError(
      'NOT_APPROVED',
      `${name} is ${found.status}: only approved packages can be installed.`,
      ['packageId'],
    )
  }
  return { ...found, slug: found.plugin.slug }
}

async function highestPackage(
  app: App,
  actor: Actor,
  pluginId: string,
  range: string | undefined,
): Promise<ChosenPackage> {
  const plugin = await app.database.prisma.plugin.findFirst({
    where: { AND: [{ id: pluginId }, visiblePlugins(actor)] },
    select: { slug: true },
  })
  if (plugin === null) throw notFound('plugin')
  const approved = await app.database.prisma.package.findMany({
    where: { pluginId, status: 'APPROVED' },
    orderBy: { versionKey: 'desc' },
    select: { id: true, pluginId: true, version: true },
  })
  const fitting = approved.find(({ version }) =>
    range === undefined ? semver.prerelease(version) === null : semver.satisfies(version, range),
  )
  if (fitting !== undefined) return { ...fitting, slug: plugin.slug }
  const what = range === undefined ? 'release' : `version in ${range}`
  throw new UserError('NOT_APPROVED', `${plugin.slug} has no approved ${what}.`, ['pluginId'])
}
