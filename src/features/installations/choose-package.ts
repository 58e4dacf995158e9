import semver from 'semver'
import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { notFound, RequestError, UserError } from '../../lib/errors.ts'
import { installsFrom, registriesOf, visiblePackages, visiblePlugins } from '../packages/policy.ts'
import { revoked } from './hold-approved.ts'

/** A package that was chosen to be installed. */
export interface ChosenPackage {
  id: string
  pluginId: string
  slug: string
  version: string
}

/** Where it is to be installed. */
export interface ChosenSite {
  id: string
  organizationId: string
}

/**
 * The package that somebody names to be installed at a site: itself, or the highest approved one of a plugin in a range
 * (its latest release where no range is given) that the site can have. NOT_APPROVED, REVOKED and YANKED tell why not.
 */
export async function choosePackage(
  app: App,
  actor: Actor,
  wanted: { packageId?: string | undefined; pluginId?: string | undefined; range?: string | undefined },
  site: ChosenSite,
): Promise<ChosenPackage> {
  if ((wanted.packageId === undefined) === (wanted.pluginId === undefined)) {
    throw new RequestError(
      'BAD_USER_INPUT',
      'Give either `packageId`, or `pluginId` (with a `range` if you like).',
    )
  }
  if (wanted.packageId !== undefined) return await installablePackage(app, actor, wanted.packageId, [site])
  return await highestPackage(app, actor, wanted.pluginId!, wanted.range, site)
}

/** The package of that id, where it may be newly installed at every one of the sites. */
export async function installablePackage(
  app: App,
  actor: Actor,
  packageId: string,
  sites: readonly ChosenSite[],
): Promise<ChosenPackage> {
  const found = await app.database.prisma.package.findFirst({
    where: { AND: [{ id: packageId }, visiblePackages(actor)] },
    select: {
      id: true,
      pluginId: true,
      version: true,
      status: true,
      yankedAt: true,
      yankReason: true,
      plugin: { select: { slug: true } },
      registry: { select: { slug: true, type: true, organizationId: true, siteId: true } },
    },
  })
  if (found === null) throw notFound('package')
  const { registry, plugin, status, yankedAt, yankReason, ...chosen } = found
  const name = `${plugin.slug} ${found.version}`
  if (status === 'REVOKED') throw revoked(name)
  if (status !== 'APPROVED') {
    throw new UserError('NOT_APPROVED', `${name} is ${status}: only approved packages can be installed.`, [
      'packageId',
    ])
  }
  if (yankedAt !== null) throw yanked(name, yankReason)
  if (!sites.every((site) => installsFrom(site, registry))) {
    const message = `${name} is in the registry "${registry.slug}", from which this site takes nothing.`
    throw new UserError('INVALID_INPUT', message, ['packageId'])
  }
  return { ...chosen, slug: plugin.slug }
}

async function highestPackage(
  app: App,
  actor: Actor,
  pluginId: string,
  range: string | undefined,
  site: ChosenSite,
): Promise<ChosenPackage> {
  const plugin = await app.database.prisma.plugin.findFirst({
    where: { AND: [{ id: pluginId }, visiblePlugins(actor)] },
    select: { slug: true },
  })
  if (plugin === null) throw notFound('plugin')
  const approved = await app.database.prisma.package.findMany({
    where: { pluginId, status: 'APPROVED', registry: registriesOf(site) },
    orderBy: { versionKey: 'desc' },
    select: { id: true, pluginId: true, version: true, yankedAt: true, yankReason: true },
  })
  const fitting = approved.filter(({ version }) =>
    range === undefined ? semver.prerelease(version) === null : semver.satisfies(version, range),
  )
  const chosen = fitting.find(({ yankedAt }) => yankedAt === null)
  if (chosen !== undefined) return { id: chosen.id, pluginId, version: chosen.version, slug: plugin.slug }
  if (fitting[0] !== undefined) throw yanked(`${plugin.slug} ${fitting[0].version}`, fitting[0].yankReason)
  const what = range === undefined ? 'release' : `version in ${range}`
  throw new UserError('NOT_APPROVED', `${plugin.slug} has no approved ${what} for this site.`, ['pluginId'])
}

function yanked(name: string, reason: string | null): UserError {
  const message = `${name} was yanked (${reason ?? 'without a reason'}): choose another version.`
  return new UserError('YANKED', message, ['packageId'])
}
