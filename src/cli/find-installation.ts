import {
  CliInstallationDocument,
  CliInstallationsOfDocument,
  CliPluginDocument,
  type CliInstallationsOfQuery,
} from '../../schema/generated/graphql.ts'
import { plain } from './console.ts'
import { CliError, EXIT, usageError } from './exit.ts'
import type { Graph } from './graph/graph.ts'

const PAGE = 100
/** Of the sites that are named where a plugin is installed at several. */
const MAX_NAMED = 10

/**
 * The id of the installation that is meant: by its id, by `plugin@site`, `plugin@organization/site`, or by the plugin alone where
 * it is installed once.
 *
 * @throws {CliError} where there is none, or more than one
 */
export async function findInstallation(graph: Graph, name: string): Promise<string> {
  if (isId(name)) {
    const { node } = await graph.request(CliInstallationDocument, { id: name })
    if (node !== null && 'id' in node) return node.id
    throw none(graph, name)
  }
  const [slug, place, ...more] = name.split('@')
  if (!slug || place === '' || more.length > 0 || (place?.split('/').length ?? 1) > 2) {
    throw usageError(
      `${JSON.stringify(plain(name))} is no installation: write its id, plugin, plugin@site or plugin@organization/site.`,
    )
  }
  const { plugin } = await graph.request(CliPluginDocument, { slug })
  const all = plugin === null ? [] : await currentOf(graph, plugin.id)
  const meant =
    place === undefined ? all : all.filter((it) => placeOf(it) === place || it.site.slug === place)
  if (meant.length === 1) return meant[0]!.id
  if (meant.length === 0) throw none(graph, name)
  const named = meant.slice(0, MAX_NAMED).map((it) => `${slug}@${placeOf(it)}`)
  throw usageError(
    `${plain(slug)} is installed ${meant.length} times: say which, e.g. ${plain(named.join(', '))}.`,
  )
}

type Found = CliInstallationsOfQuery['installations']['nodes'][number]

/** base64 of `Installation:…`. */
function isId(name: string): boolean {
  return Buffer.from(name, 'base64').toString('utf8').startsWith('Installation:')
}

async function currentOf(graph: Graph, pluginId: string): Promise<Found[]> {
  const found: Found[] = []
  let after: string | null = null
  do {
    const page: { after?: string } = after === null ? {} : { after }
    const { installations } = await graph.request(CliInstallationsOfDocument, {
      pluginId,
      first: PAGE,
      ...page,
    })
    found.push(...installations.nodes)
    after = installations.pageInfo.hasNextPage ? installations.pageInfo.endCursor : null
  } while (after !== null)
  return found
}

function placeOf({ site }: Found): string {
  return `${site.organization.slug}/${site.slug}`
}

function none({ url }: Graph, name: string): CliError {
  const message = `${url} has no installation ${JSON.stringify(plain(name))} that you may see: is the name right?`
  return new CliError(EXIT.refused, 'NOT_FOUND', message)
}
