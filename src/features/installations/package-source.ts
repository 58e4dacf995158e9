import type { App } from '../../app.ts'
import { Prisma } from '../../generated/prisma/client.ts'
import { installableSql } from '../packages/policy-sql.ts'
import { contributedNames, type Exclusive } from './contributed-names.ts'
import type { Candidate, PackageSource, Version } from './resolver/plan.ts'

/** Plugins that are read ahead with those asked for; what needs more reads the rest as it comes by it. */
const MAX_AHEAD = 200
/** Newest versions of a plugin that are read with what they ask for; of plugins with more, few plans need the older ones. */
const DESCRIBED = 20

/**
 * What a site can have from the registries. With the plugins asked for, all is read that their newest versions need, transitively:
 * most plans are made of nearly these, and each further query takes longer than what it reads. The rest is read as the plan comes
 * by it. Manifests stay in the database but for the few values that bind others.
 */
export function packageSource(app: App, site: { id: string; organizationId: string }): PackageSource {
  const versions = new Map<string, readonly Version[]>()
  const described = new Map<string, Described>()
  return {
    versionsOf: async (slugs) => {
      const unread = slugs.filter((it) => !versions.has(it))
      for (const slug of unread) versions.set(slug, [])
      const read = unread.length === 0 ? [] : await readAhead(app, site, unread, [...versions.keys()])
      for (const { slug, all } of read) {
        versions.set(
          slug,
          all.map(({ version }) => version),
        )
        for (const it of all) if (it.asked !== null) described.set(it.version.packageId, it as Described)
      }
      return new Map(slugs.map((slug) => [slug, versions.get(slug)!]))
    },
    detailsOf: async (packageIds) => {
      const unread = packageIds.filter((it) => !described.has(it))
      const read = unread.length === 0 ? [] : await readDescribed(app, unread)
      for (const it of read) described.set(it.version.packageId, it)
      return new Map(packageIds.map((id) => [id, toCandidate(described.get(id)!)]))
    },
  }
}

/** A version with what it asks for, as it was read: most that is read ahead is never looked at. */
interface Described {
  version: Version
  asked: Asked
}

/** Plugins, and those not known yet that their newest versions need, transitively, with all their versions, highest first. */
async function readAhead(
  { database }: App,
  site: { id: string; organizationId: string },
  slugs: readonly string[],
  known: readonly string[],
): Promise<{ slug: string; all: { version: Version; asked: Asked | null }[] }[]> {
  const rows = await database.prisma.$queryRaw<{ slug: string; pluginId: string; versions: string | null }[]>`
    with recursive needed (slug) as (
      select unnest(${slugs}::text[])
      union
      select d.slug from needed n
        cross join lateral (select id from plugin p where p.slug = n.slug and p.enabled offset 0) p
        cross join lateral (
          select k.id from package k join registry r on r.id = k.registry_id
          where k.plugin_id = p.id and ${installableSql(site)}
          order by k.version_key desc limit 1) newest
        join package_dependency d on d.package_id = newest.id and not d.optional and d.slug <> all(${known}))
    select p.slug, p.id::text as "pluginId", v.versions
    from (select slug from needed limit ${slugs.length + MAX_AHEAD}) n
      join plugin p on p.slug = n.slug and p.enabled
      cross join lateral (
        select json_agg(json_build_array(k.id, k.version, case when k.place <= ${DESCRIBED} then ${ASKED} end)
          order by k.place)::text as versions
        from (
          select k.id, k.version, k.manifest, row_number() over (order by k.version_key desc) as place
          from package k join registry r on r.id = k.registry_id
          where k.plugin_id = p.id and ${installableSql(site)}) k) v`
  return rows.map(({ slug, pluginId, versions }) => ({
    slug,
    all: (JSON.parse(versions ?? '[]') as [string, string, Asked | null][]).map(
      ([packageId, version, asked]) => ({ version: { packageId, pluginId, slug, version }, asked }),
    ),
  }))
}

/** Packages with what they ask for, whatever their state is. */
export async function readCandidates(app: App, packageIds: readonly string[]): Promise<Candidate[]> {
  return (await readDescribed(app, packageIds)).map(toCandidate)
}

async function readDescribed({ database }: App, packageIds: readonly string[]): Promise<Described[]> {
  const rows = await database.prisma.$queryRaw<(Version & { asked: string })[]>`
    select k.id::text as "packageId", k.plugin_id::text as "pluginId", p.slug, k.version, (${ASKED})::text as asked
    from package k join plugin p on p.id = k.plugin_id
    where k.id = any(${packageIds}::uuid[])`
  return rows.map(({ asked, ...version }) => ({ version, asked: JSON.parse(asked) as Asked }))
}

/** What a package `k` asks for, as `Asked`. Taking the readme away unpacks the manifest once instead of once a value. */
const ASKED = Prisma.sql`(
  select json_build_array(
    m #>> '{engines,host}',
    m -> 'dependencies',
    nullif(m -> 'optionalDependencies', '{}'),
    nullif(m -> 'conflicts', '{}'),
    case when m -> 'contributes' <> '{}' then json_build_object(
      'modules', jsonb_path_query_array(m, '$.contributes.modules[*].key'),
      'views', jsonb_path_query_array(m, '$.contributes.views[*].path'),
      'themes', jsonb_path_query_array(m, '$.contributes.themes[*].key'),
      'hooks', jsonb_path_query_array(m, '$.contributes.hooks[*]')) end)
  from (select k.manifest - 'readme' as m offset 0) manifest)`

/** The host's range, what it depends on, may use and conflicts with (ranges by slug), and what it contributes. */
type Asked = [
  hostRange: string,
  dependencies: Record<string, string>,
  optional: Record<string, string> | null,
  conflicts: Record<string, string> | null,
  contributes: Exclusive | null,
]

function toCandidate({ version, asked }: Described): Candidate {
  const [hostRange, dependencies, optional, conflicts, contributes] = asked
  return {
    ...version,
    hostRange,
    dependencies: [
      ...ranges(dependencies).map((it) => ({ ...it, optional: false })),
      ...ranges(optional)
        .filter(({ slug }) => !Object.hasOwn(dependencies, slug))
        .map((it) => ({ ...it, optional: true })),
    ],
    conflicts: ranges(conflicts),
    contributes: contributes === null ? [] : contributedNames(contributes),
  }
}

function ranges(bySlug: Record<string, string> | null): { slug: string; range: string }[] {
  return Object.entries(bySlug ?? {}).map(([slug, range]) => ({ slug, range }))
}
