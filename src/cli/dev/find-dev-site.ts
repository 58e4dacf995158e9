import {
  CliSitesDocument,
  CreateOrganizationDocument,
  CreateSiteDocument,
} from '../../../schema/generated/graphql.ts'
import { usageError } from '../exit.ts'
import type { Graph } from '../graph/graph.ts'
import { acceptedBy } from './accepted-by.ts'

/** Where a plugin is tried. */
export interface DevSite {
  id: string
  /** `organization/site` */
  name: string
}

/** Made where a server has no site yet. */
const OWN = { slug: 'dev', name: 'Development' }
/** Most plugins are made for it; another host version is given with `updateSite`. */
const HOST_VERSION = '1.0.0'

/** The site that is named, else the only one, else a new one. */
export async function findDevSite(graph: Graph, named: string | null): Promise<DevSite> {
  const sites = await allSites(graph)
  if (named !== null) {
    const found = sites.find(({ name }) => name === named)
    if (found !== undefined) return found
    throw usageError(`${graph.url} has no site ${JSON.stringify(named)} that you may see: ${listed(sites)}`)
  }
  if (sites.length === 1) return sites[0]!
  if (sites.length > 1) throw usageError(`Which site? Give --site: ${listed(sites)}`)
  return await makeSite(graph)
}

async function allSites(graph: Graph, after: string | null = null): Promise<DevSite[]> {
  const { organizations } = await graph.request(CliSitesDocument, { after })
  const { nodes, pageInfo } = organizations
  const sites = nodes.flatMap(({ slug, sites: own }) =>
    own.nodes.map((site) => ({ id: site.id, name: `${slug}/${site.slug}` })),
  )
  return pageInfo.hasNextPage ? [...sites, ...(await allSites(graph, pageInfo.endCursor ?? null))] : sites
}

function listed(sites: readonly DevSite[]): string {
  if (sites.length === 0) return 'it has none.'
  const names = sites.slice(0, 10).map(({ name }) => name)
  return `${names.join(', ')}${sites.length > names.length ? ', …' : ''}.`
}

async function makeSite(graph: Graph): Promise<DevSite> {
  const { createOrganization } = await graph.request(CreateOrganizationDocument, { input: OWN })
  const { organization } = acceptedBy(graph, createOrganization)
  const input = { organizationId: organization!.id, slug: 'local', name: 'Local', hostVersion: HOST_VERSION }
  const { createSite } = await graph.request(CreateSiteDocument, { input })
  const { site } = acceptedBy(graph, createSite)
  return { id: site!.id, name: `${OWN.slug}/local` }
}
