import type { App } from '../../app.ts'
import { UserError } from '../../lib/errors.ts'
import type { Tx } from '../../platform/database.ts'
import type { Operation } from './claim.ts'
import { CURRENT, running } from './policy.ts'

/** An installation that needs another at its site. */
export interface Dependent {
  id: string
  slug: string
}

/** Whoever does this will soon run, and counts as running. */
const BEGINNING: readonly Operation[] = ['install', 'activate', 'upgrade', 'rollback']
/** Whoever does this soon runs no more, and serves nobody. */
const ENDING: readonly Operation[] = ['deactivate', 'uninstall']

/** What at a site needs a plugin (optional dependencies do not count): what is there, or what runs or soon will. */
export async function dependentsOf(
  db: Tx,
  app: App,
  { siteId, slug }: { siteId: string; slug: string },
  which: 'there' | 'running',
): Promise<Dependent[]> {
  const runs = {
    OR: [running(app.clock.now()), { status: 'INSTALLING' as const }, { operation: { in: [...BEGINNING] } }],
  }
  const rows = await db.installation.findMany({
    where: {
      siteId,
      package: { dependencies: { some: { slug, optional: false } } },
      AND: [CURRENT, which === 'running' ? runs : {}],
    },
    select: { id: true, plugin: { select: { slug: true } } },
  })
  return rows.map((row) => ({ id: row.id, slug: row.plugin.slug })).sort((a, b) => (a.slug < b.slug ? -1 : 1))
}

/** HAS_DEPENDENTS, by name. */
export function hasDependents(dependents: readonly Dependent[], slug: string, advice: string): UserError {
  const names = dependents.map((it) => it.slug).join(', ')
  const verb = dependents.length === 1 ? 'needs' : 'need'
  return new UserError('HAS_DEPENDENTS', `${names} at this site ${verb} ${slug}: ${advice}.`, [
    'installationId',
  ])
}

/**
 * INVALID_STATE where what an installation needs does not run at its site, or just ends. With the site locked, whoever
 * ends it either was before and is seen here, or sees this one.
 */
export async function requireDependencies(
  db: Tx,
  app: App,
  target: { siteId: string; slug: string; manifest: { dependencies: Record<string, string> } },
): Promise<void> {
  const needed = Object.keys(target.manifest.dependencies)
  if (needed.length === 0) return
  const active = await db.installation.findMany({
    where: {
      siteId: target.siteId,
      plugin: { slug: { in: needed } },
      AND: [running(app.clock.now()), { OR: [{ operation: null }, { operation: { notIn: [...ENDING] } }] }],
    },
    select: { plugin: { select: { slug: true } } },
  })
  const missing = needed.filter((slug) => !active.some((row) => row.plugin.slug === slug))
  if (missing.length === 0) return
  throw new UserError(
    'INVALID_STATE',
    `${target.slug} needs ${missing.join(', ')} to run at this site: activate it first.`,
  )
}
