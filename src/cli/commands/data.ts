import { Command } from 'commander'
import { CliOrganizationDocument, PluginDataPageDocument } from '../../../schema/generated/graphql.ts'
import { plain } from '../console.ts'
import { CliError, EXIT } from '../exit.ts'
import type { Session } from '../session.ts'

/** `patchbay data`: what plugins keep for organizations. */
export function dataCommand(session: Session): Command {
  return new Command('data')
    .summary('exports what plugins keep')
    .description('The documents and files that plugins keep for organizations.')
    .addCommand(exportCommand(session))
}

function exportCommand(session: Session): Command {
  return new Command('export')
    .summary('writes the documents and files of a plugin as JSON Lines')
    .description(
      'Writes what a plugin keeps for an organization to standard output, one JSON object a line: documents as\n' +
        '{collection, id, version, createdAt, updatedAt, document}, then files as {file, size, updatedAt, content}, the\n' +
        'content in base64. Needs a key that may manage installations there.',
    )
    .argument('<organization>', 'its slug')
    .argument('<plugin>', 'its id')
    .addHelpText('after', '\nExample:\n  $ patchbay data export acme supplier-db > suppliers.jsonl')
    .action(async (slug: string, plugin: string) => {
      const graph = await session.graph()
      const { organization } = await graph.request(CliOrganizationDocument, { slug })
      if (organization === null) {
        const message = `${graph.url} has no organization ${JSON.stringify(plain(slug))} that you may see.`
        throw new CliError(EXIT.refused, 'NOT_FOUND', message)
      }
      const of = { organizationId: organization.id, plugin }
      let after: string | null = null
      do {
        const page: { after?: string } = after === null ? {} : { after }
        const { pluginData } = await graph.request(PluginDataPageDocument, { ...of, ...page })
        for (const item of pluginData.items) session.console.result(item, () => [JSON.stringify(item)])
        after = pluginData.endCursor
      } while (after !== null)
    })
}
