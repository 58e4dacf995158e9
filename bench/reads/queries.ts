/** What is read, as each of the three is asked for it; the answers are held against each other. */

/** Ours. */
export const PATCHBAY = `query { organization(slug: "acme") { sites(first: 5) { nodes { slug name hostVersion
  installations(first: 20) { nodes { status errorCount
    package { version checksum status } plugin { slug name type }
    health { history(first: 3) { nodes { recordedAt status errorCount avgExecutionTime invocations } } } } } } } } }`

/** PostGraphile's, over the same tables. */
export const POSTGRAPHILE = `query { organizationBySlug(slug: "acme") {
  sitesByOrganizationId(first: 5, orderBy: ROW_ID_DESC) { nodes { slug name hostVersion
  installationsBySiteId(first: 20, orderBy: ROW_ID_DESC) { nodes { status errorCount
    packageByPackageId { version checksum status } pluginByPluginId { slug name type }
    healthSamplesByInstallationId(first: 3, orderBy: RECORDED_AT_DESC) {
      nodes { recordedAt status errorCount avgExecutionTime invocations } } } } } } } }`

/** By hand: PostgreSQL makes the text of the answer. */
export const BY_HAND = `select json_build_object('sites', (
  select json_agg(s) from (
    select s.slug, s.name, s.host_version as "hostVersion", (
      select json_agg(i) from (
        select i.status, i.error_count as "errorCount",
          json_build_object('version', k.version, 'checksum', k.checksum, 'status', k.status) as package,
          json_build_object('slug', p.slug, 'name', p.name, 'type', p.type) as plugin,
          (select json_agg(h) from (
            select h.recorded_at as "recordedAt", h.status, h.error_count as "errorCount",
              h.avg_execution_time as "avgExecutionTime", h.invocations
            from health_sample h where h.installation_id = i.id order by h.recorded_at desc, h.id desc limit 3) h) as history
        from installation i join package k on k.id = i.package_id join plugin p on p.id = i.plugin_id
        where i.site_id = s.id order by i.id desc limit 20) i) as installations
    from site s join organization o on o.id = s.organization_id where o.slug = $1 order by s.id desc limit 5) s))::text as answer`

interface Nodes {
  nodes: Record<string, unknown>[]
}

/** Any of the three answers in one shape. */
export function comparable(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(comparable)
  if (typeof answer !== 'object' || answer === null) return normalized(answer)
  const object = answer as Record<string, unknown>
  if (Array.isArray((object as unknown as Nodes).nodes)) return comparable(object['nodes'])
  const keys = Object.keys(object)
  // What only wraps something is left out: `data`, `organization`, `health`.
  if (keys.length === 1) return comparable(object[keys[0]!])
  return Object.fromEntries(
    keys
      .map((key) => [SHORT[key] ?? key, comparable(object[key])] as const)
      .sort(([a], [b]) => a.localeCompare(b)),
  )
}

const SHORT: Readonly<Record<string, string>> = {
  sitesByOrganizationId: 'sites',
  installationsBySiteId: 'installations',
  packageByPackageId: 'package',
  pluginByPluginId: 'plugin',
  healthSamplesByInstallationId: 'history',
  health: 'history',
}

function normalized(value: unknown): unknown {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) ? new Date(value).toISOString() : value
}
