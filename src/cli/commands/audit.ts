import { Command } from 'commander'
import {
  AuditPageDocument,
  CliOrganizationDocument,
  CliOrganizationsDocument,
  VerifyAuditChainDocument,
  type AuditEntryPartsFragment,
} from '../../../schema/generated/graphql.ts'
import { plain } from '../console.ts'
import { CliError, EXIT, usageError } from '../exit.ts'
import type { Graph } from '../graph/graph.ts'
import type { Session } from '../session.ts'

interface ExportOptions {
  organization?: string
  from?: string
  to?: string
  verify?: boolean
}

/** `patchbay audit`: the log of what was done, by whom, to what. */
export function auditCommand(session: Session): Command {
  return new Command('audit')
    .summary('exports the audit log and verifies it')
    .description('The log of what was done, by whom, to what. Needs a key of an administrator.')
    .addCommand(exportCommand(session))
}

function exportCommand(session: Session): Command {
  return new Command('export')
    .summary('writes the audit log as JSON Lines')
    .description(
      'Writes the entries to standard output, oldest first, one JSON object a line. With --verify the hash chains are\n' +
        'made anew as well: what they say goes to standard error, and the exit code is 4 where one does not hold.',
    )
    .option('--organization <slug>', 'only the log of this organization; else all that the key may read')
    .option('--from <time>', 'from this time on, e.g. 2026-11-01T00:00:00Z')
    .option('--to <time>', 'only before this time')
    .option('--verify', 'verifies the hash chain of each log, as a whole')
    .addHelpText(
      'after',
      `
Examples:
  $ patchbay audit export > audit.jsonl
  $ patchbay audit export --organization acme --from 2026-11-01T00:00:00Z --verify > november.jsonl`,
    )
    .action(async (options: ExportOptions) => {
      const filter = { ...timesOf(options) }
      const graph = await session.graph()
      const organization = await organizationOf(graph, options.organization)
      const scope = organization === null ? {} : { organizationId: organization.id }
      let platform = false
      for await (const entry of entriesOf(graph, { ...filter, ...scope })) {
        platform ||= entry.organization === null
        session.console.result(entry, () => [JSON.stringify(entry)])
      }
      if (!options.verify) return
      const chains = organization === null ? await chainsOf(graph, platform) : [organization]
      await verifyAll(session, graph, chains)
    })
}

/** A hash chain; without an id the platform's. */
interface Chain {
  id?: string
  name: string
}

const PAGE = 100

function timesOf({ from, to }: ExportOptions): { from?: string; to?: string } {
  for (const [option, time] of Object.entries({ from, to })) {
    if (time !== undefined && (!/^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/i.test(time) || !Date.parse(time)))
      throw usageError(`--${option} is a time such as 2026-11-01T00:00:00Z.`)
  }
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
}

async function organizationOf(graph: Graph, slug: string | undefined): Promise<Required<Chain> | null> {
  if (slug === undefined) return null
  const { organization } = await graph.request(CliOrganizationDocument, { slug })
  if (organization !== null) return { id: organization.id, name: slug }
  const message = `${graph.url} has no organization ${JSON.stringify(plain(slug))} that you may see: correct --organization.`
  throw new CliError(EXIT.refused, 'NOT_FOUND', message)
}

async function* entriesOf(
  graph: Graph,
  filter: { organizationId?: string; from?: string; to?: string },
): AsyncGenerator<AuditEntryPartsFragment, void, undefined> {
  let before: string | null = null
  do {
    const page: { before?: string } = before === null ? {} : { before }
    const { auditLog } = await graph.request(AuditPageDocument, { filter, last: PAGE, ...page })
    yield* auditLog.nodes.toReversed()
    before = auditLog.pageInfo.hasPreviousPage ? auditLog.pageInfo.startCursor : null
  } while (before !== null)
}

/** The chains of all organizations that the key sees, and the platform's, where it read of that. */
async function chainsOf(graph: Graph, platform: boolean): Promise<Chain[]> {
  const chains: Chain[] = platform ? [{ name: 'the platform' }] : []
  let after: string | null = null
  do {
    const page: { after?: string } = after === null ? {} : { after }
    const { organizations } = await graph.request(CliOrganizationsDocument, { first: PAGE, ...page })
    chains.push(...organizations.nodes.map(({ id, slug }) => ({ id, name: slug })))
    after = organizations.pageInfo.hasNextPage ? organizations.pageInfo.endCursor : null
  } while (after !== null)
  return chains
}

async function verifyAll({ console }: Session, graph: Graph, chains: readonly Chain[]): Promise<void> {
  let broken: string | null = null
  for (const { id, name } of chains) {
    const scope = id === undefined ? {} : { organizationId: id }
    const { verifyAuditChain: chain } = await graph.request(VerifyAuditChainDocument, scope)
    const { firstBroken, sealedUpTo, entries, unsealed } = chain
    if (firstBroken !== null) {
      const entry = firstBroken.entryId === null ? '' : ` (entry ${firstBroken.entryId})`
      broken ??= `the chain of ${plain(name)} does not hold: ${plain(firstBroken.problem)}${entry}`
    }
    const end = sealedUpTo === null ? '' : `, up to seal ${sealedUpTo.number} ${sealedUpTo.hash}`
    console.note(`${plain(name)}: ${entries} entries sealed and unchanged${end}; ${unsealed} not sealed yet`)
  }
  if (broken !== null) throw new CliError(EXIT.refused, 'CHAIN_BROKEN', broken)
}
