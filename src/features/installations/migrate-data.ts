import semver from 'semver'
import type { App } from '../../app.ts'
import type { Manifest } from '../../archive/manifest.ts'
import { messageOf, UserError } from '../../lib/errors.ts'
import type { Tx } from '../../platform/database.ts'
import { invoke } from '../invocations/invoke.ts'
import type { Target } from '../invocations/target.ts'
import { sandboxCode } from './lifecycle-hooks.ts'

type Migration = Manifest['migrations'][number]

/** Up to which version what a plugin keeps at a site was migrated; `otherwise` where none ever was. */
export async function dataVersionOf(
  app: App,
  { siteId, pluginId }: { siteId: string; pluginId: string },
  otherwise: string,
): Promise<string> {
  const row = await app.database.prisma.pluginData.findUnique({
    where: { siteId_pluginId: { siteId, pluginId } },
    select: { version: true },
  })
  return row?.version ?? otherwise
}

/**
 * Takes what a plugin keeps at a site from one version to another, by the migrations of a package in the sandbox: forwards
 * by the `up` of those in (from, to], in order; backwards by the `down` of those in (to, from], the last first. The version
 * is kept after each, so that one who was broken off goes on where he stood. The caller holds the installation's claim.
 *
 * @throws {UserError} SANDBOX_ERROR, SANDBOX_TIMEOUT, SANDBOX_OUT_OF_MEMORY; what was done before stays done
 */
export async function migrateData(
  app: App,
  target: Target,
  { from, to }: { from: string; to: string },
): Promise<void> {
  if (semver.eq(from, to)) return
  const goesBack = semver.lt(to, from)
  const [low, high] = goesBack ? [to, from] : [from, to]
  const between = target.manifest.migrations.filter(
    ({ version }) => semver.gt(version, low) && semver.lte(version, high),
  )
  for (const [at, migration] of (goesBack ? between.toReversed() : between).entries()) {
    await runMigration(app, target, migration, goesBack ? 'down' : 'up')
    const next = between[between.length - 2 - at]?.version ?? to
    await keepVersion(app, target, goesBack ? next : migration.version)
  }
  await keepVersion(app, target, to)
}

/**
 * What an uninstall left of a plugin's data at a site, for a version that is installed anew. Returns the version that they
 * were at; a version that is older than they are takes them as they are.
 */
export async function migrateKeptData(app: App, target: Target): Promise<string> {
  const from = await dataVersionOf(app, target, target.version)
  if (semver.gte(from, target.version)) return from
  try {
    await migrateData(app, target, { from, to: target.version })
  } catch (error) {
    await migrateBack(app, target, from)
    throw error
  }
  return from
}

/** Remembers which version left data behind, where no migration ever said so. */
export async function noteDataVersion(tx: Tx, app: App, target: Target): Promise<void> {
  const { organizationId, siteId, pluginId, version } = target
  const updatedAt = app.clock.now()
  await tx.pluginData.createMany({
    data: [{ organizationId, siteId, pluginId, version, updatedAt }],
    skipDuplicates: true,
  })
}

/** Migrates on the way out of something that failed: what fails here is logged, and the version that is kept says how far it came. */
export async function migrateBack(app: App, target: Target, to: string): Promise<void> {
  try {
    const from = await dataVersionOf(app, target, to)
    await migrateData(app, target, { from, to })
  } catch (error) {
    app.log.warn({ installation: target.id, reason: messageOf(error) }, 'data could not be migrated back')
  }
}

async function runMigration(
  app: App,
  target: Target,
  { version, entry }: Migration,
  direction: 'up' | 'down',
): Promise<void> {
  const { result } = await invoke(app, target, {
    kind: 'MIGRATION',
    name: `${entry}#${direction}`,
    args: [],
  })
  // What has no `down` leaves nothing to take back.
  if (result.outcome === 'OK' && (result.handled || direction === 'down')) return
  const reason = result.outcome === 'OK' ? 'it exports no `up`' : (result.error?.message ?? result.outcome)
  const step = direction === 'up' ? `to ${version}` : `back from ${version}`
  const told = `The data of ${target.slug} cannot be migrated ${step} (${entry}): ${reason}`
  throw new UserError(sandboxCode(result), told)
}

async function keepVersion(
  app: App,
  { organizationId, siteId, pluginId }: Target,
  version: string,
): Promise<void> {
  const updatedAt = app.clock.now()
  await app.database.prisma.pluginData.upsert({
    where: { siteId_pluginId: { siteId, pluginId } },
    create: { organizationId, siteId, pluginId, version, updatedAt },
    update: { version, updatedAt },
    select: { version: true },
  })
}
