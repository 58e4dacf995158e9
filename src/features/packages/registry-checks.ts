import semver from 'semver'
import type { App } from '../../app.ts'
import type { CheckResult, Finding } from '../../archive/finding.ts'
import { findDependencyCycle } from '../../archive/manifest-checks/dependency-cycle.ts'
import type { Manifest } from '../../archive/manifest.ts'

const CHECK = { check: 'manifest.dependencies.cycle', category: 'DEPENDENCIES' } as const
/** Plugins that one needs, however remotely; where it is more, the walk ends and the resolver will tell. */
const MAX_WALKED = 2_000

/** A plugin in a range, as something needs it: `slug range`. */
type Need = string

/**
 * What only the registry can say of a manifest: whether its dependencies lead back to itself. A need leads on to what
 * every approved version in its range needs, so that a cycle which another choice of versions avoids is none.
 */
export async function registryChecks(
  app: App,
  manifest: Manifest,
  organizationId: string | null,
): Promise<{ checks: CheckResult[]; findings: Finding[] }> {
  const own = needsOf(manifest.dependencies)
  const graph = await walk(app, own, organizationId)
  graph.set(manifest.id, own)
  const normal = (need: Need): Need => (slugOf(need) === manifest.id ? manifest.id : need)
  const cycle = findDependencyCycle(manifest.id, (need) => graph.get(need)?.map(normal))
  if (cycle === null) return { checks: [{ ...CHECK, passed: true }], findings: [] }
  const message = `The dependencies lead back to the plugin itself: ${cycle.map(slugOf).join(' → ')}. Nobody could install it: remove one of them.`
  return {
    checks: [{ ...CHECK, passed: false }],
    findings: [{ ...CHECK, severity: 'ERROR', message, path: 'manifest.json' }],
  }
}

function needsOf(dependencies: Record<string, string>): Need[] {
  return Object.entries(dependencies).map(([slug, range]) => `${slug} ${range}`)
}

function slugOf(need: Need): string {
  return need.split(' ', 1)[0]!
}

/** All that is needed from there on, one step after another, each with one query. */
async function walk(
  app: App,
  from: readonly Need[],
  organizationId: string | null,
): Promise<Map<Need, Need[]>> {
  const graph = new Map<Need, Need[]>()
  let next = [...from]
  while (next.length > 0 && graph.size < MAX_WALKED) {
    const versions = await app.database.prisma.package.findMany({
      where: {
        status: 'APPROVED',
        yankedAt: null,
        plugin: { slug: { in: next.map(slugOf) } },
        // Of no other organization's registries: their plugins are not to be told of, and are not installed with these.
        registry: { OR: [{ type: 'ENTERPRISE', organizationId: null }, { organizationId }] },
      },
      select: {
        version: true,
        plugin: { select: { slug: true } },
        dependencies: { where: { optional: false }, select: { slug: true, range: true } },
      },
    })
    const bySlug = Map.groupBy(versions, ({ plugin }) => plugin.slug)
    for (const need of next) graph.set(need, neededByAll(need, bySlug.get(slugOf(need)) ?? []))
    next = [...new Set(next.flatMap((need) => graph.get(need)!))].filter((need) => !graph.has(need))
  }
  return graph
}

interface Version {
  version: string
  dependencies: { slug: string; range: string }[]
}

/** What each version in the range needs, in the words of the first of them. */
function neededByAll(need: Need, versions: readonly Version[]): Need[] {
  const range = need.slice(slugOf(need).length + 1)
  const [first, ...others] = versions.filter(({ version }) => semver.satisfies(version, range))
  if (first === undefined) return []
  return first.dependencies
    .filter(({ slug }) => others.every(({ dependencies }) => dependencies.some((it) => it.slug === slug)))
    .map(({ slug, range: wanted }) => `${slug} ${wanted}`)
}
