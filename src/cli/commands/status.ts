import { Command } from 'commander'
import {
  CliNewestPackageDocument,
  CliPackageByVersionDocument,
  CliRefusalsDocument,
  type CliPackageFragment,
} from '../../../schema/generated/graphql.ts'
import { plain } from '../console.ts'
import { CliError, EXIT, usageError } from '../exit.ts'
import { findingLines } from '../findings.ts'
import type { Graph } from '../graph/graph.ts'
import { detailLines, packageName, standingLine } from '../package-text.ts'
import type { Session } from '../session.ts'
import { watchPackage } from '../watch-package.ts'

/** `patchbay status`: how a package stands with its registry and its reviewers. */
export function statusCommand(session: Session): Command {
  return new Command('status')
    .summary('tells how a package stands, who holds it, and why')
    .description(
      'Tells how a version stands: its state, who holds it, findings, and what reviewers decided and why. Of a version\n' +
        'that was refused on arrival, the last attempt is told.',
    )
    .argument('<slug[@version]>', 'the plugin; its newest version where none is named')
    .option('--watch', 'goes on telling what changes, until it can change no more')
    .addHelpText(
      'after',
      `
Examples:
  $ patchbay status welcome-email
  $ patchbay status welcome-email@1.1.0 --watch
  $ patchbay status welcome-email --json | jq -r .status`,
    )
    .action(async (name: string, { watch }: { watch?: boolean }) => {
      const [slug, version, ...more] = name.split('@')
      if (!slug || version === '' || more.length > 0) {
        throw usageError(`${JSON.stringify(name)} is no package: write slug or slug@version.`)
      }
      const graph = await session.graph()
      const found = await find(graph, slug, version ?? null)
      if (found === null) await tellRefusal(session, graph, slug, version ?? null)
      else if (watch) await follow(session, graph, found)
      else session.console.result(found, () => describe(session, found))
    })
}

async function find(graph: Graph, slug: string, version: string | null): Promise<CliPackageFragment | null> {
  if (version === null) {
    const { plugin } = await graph.request(CliNewestPackageDocument, { slug })
    return plugin?.packages.nodes[0] ?? null
  }
  const { plugin } = await graph.request(CliPackageByVersionDocument, { slug, version })
  return plugin?.package ?? null
}

function* describe({ console }: Session, found: CliPackageFragment): Generator<string> {
  yield* detailLines(found, console)
  if (found.validation.findings.length === 0) return
  yield ''
  yield* [...findingLines(found.validation.findings, console)].slice(0, -1)
}

async function follow(session: Session, graph: Graph, found: CliPackageFragment): Promise<void> {
  const { console } = session
  const interruption = session.interruption(`No longer watching ${plain(packageName(found))}.`)
  let first = true
  for await (const now of watchPackage(graph, found, console, interruption)) {
    console.result({ event: 'state', package: now }, () =>
      first ? describe(session, now) : [standingLine(now, console)],
    )
    first = false
    if (now.status === 'REJECTED' || now.status === 'REVOKED') return
    console.status('Watching…')
  }
  throw interruption.reason
}

/** There is no such package: perhaps because it was refused when it arrived. */
async function tellRefusal(
  session: Session,
  graph: Graph,
  slug: string,
  version: string | null,
): Promise<void> {
  const { submissions } = await graph.request(CliRefusalsDocument, { slug })
  const last = submissions.nodes.find((one) => version === null || one.version === version)
  const name = plain(version === null ? slug : `${slug} ${version}`)
  if (last === undefined) {
    const message = `${graph.url} has no ${name} that you may see: is it submitted (patchbay submit), and the name right?`
    throw new CliError(EXIT.refused, 'NOT_FOUND', message)
  }
  session.exit = EXIT.refused
  session.console.result({ refused: last }, function* () {
    yield* findingLines(last.validation.findings, session.console)
    yield `${name} is not there: the attempt of ${last.at} was refused. ${plain(last.refusal ?? '')}`
  })
}
