import { Command } from 'commander'
import { messageOf } from '../../lib/errors.ts'
import { plain, type Console } from '../console.ts'
import { changesOf } from '../dev/changes-of.ts'
import { packForDevelopment } from '../dev/dev-package.ts'
import { findDevSite, type DevSite } from '../dev/find-dev-site.ts'
import { putVersion } from '../dev/put-version.ts'
import { CliError, EXIT, usageError } from '../exit.ts'
import { kindOf } from '../files.ts'
import { countFindings, findingLines } from '../findings.ts'
import { isUnreachable } from '../graph/errors.ts'
import { followRuns } from '../follow-runs.ts'
import type { Graph } from '../graph/graph.ts'
import { tellRun } from '../run-text.ts'
import type { Session } from '../session.ts'

interface Options {
  site?: string
  once?: boolean
}

/** `patchbay dev`: runs a plugin on a server, and its next version as soon as it is saved. */
export function devCommand(session: Session): Command {
  return new Command('dev')
    .summary('runs a plugin on a server of your own, and again whenever you save')
    .description(
      'Installs a plugin at a site of a server, and upgrades it whenever a file of it is saved: checked, reviewed and\n' +
        'swapped as every version is, with no restart anywhere. Where a version is refused, the one before runs on. The\n' +
        'server is one that was started with PATCHBAY_DEVELOPMENT=true. What the plugin logs is told as patchbay logs tells it.',
    )
    .argument('[folder]', 'the plugin', '.')
    .option(
      '--site <organization/site>',
      'where; without it the only site there is, or dev/local, which is made',
    )
    .option('--once', 'ends after the first version')
    .addHelpText(
      'after',
      `
Examples:
  $ patchbay dev
  $ patchbay dev welcome-email --site acme/north
  $ patchbay dev --once --json`,
    )
    .action(async (folder: string, options: Options) => {
      if ((await kindOf(folder)) !== 'folder') throw usageError(`${plain(folder)} is no folder of a plugin.`)
      const graph = await session.graph()
      const site = await findDevSite(graph, options.site ?? null)
      await develop(session, graph, { folder, site, once: options.once ?? false })
    })
}

async function develop(
  session: Session,
  graph: Graph,
  { folder, site, once }: { folder: string; site: DevSite; once: boolean },
): Promise<void> {
  const { console } = session
  const stop = session.interruption(`What was installed stays at ${plain(site.name)}.`)
  if (!once)
    console.note(`Watching ${plain(folder)} for ${plain(site.name)} at ${graph.url}; Ctrl-C ends it.`)
  const over = new AbortController()
  const logs = logsOf(graph, console, AbortSignal.any([stop, over.signal]))
  let last = ''
  try {
    for await (const _ of changesOf(folder, stop)) {
      const tried = await tryVersion(session, graph, { folder, site, last })
      if (once) return
      last = tried.fingerprint ?? last
      if (tried.installationId !== null) logs.follow(tried.installationId)
    }
  } finally {
    // Whatever ends the watching ends this too: else the process would go on, and watch nothing.
    over.abort()
    await logs.ended()
  }
  stop.throwIfAborted()
}

/** What the plugin logs, told as patchbay logs tells it, also of the versions that follow. */
function logsOf(graph: Graph, console: Console, stop: AbortSignal) {
  let following: Promise<void> | null = null
  return {
    follow(installationId: string): void {
      const from = new Date().toISOString()
      const tell = (run: Parameters<typeof tellRun>[0]): void => tellRun(run, console)
      following ??= followRuns(graph, installationId, { from, tell }, console, stop).catch(
        (error: unknown) => {
          console.note(`Its log is no longer followed: ${messageOf(error)}`)
        },
      )
    },
    async ended(): Promise<void> {
      await following
    },
  }
}

interface Tried {
  /** Null where the folder could not be read, or the server not be reached: the same files are tried with the next save. */
  fingerprint: string | null
  /** Null where nothing new runs. */
  installationId: string | null
}

/** Brings what is in the folder now. */
async function tryVersion(
  session: Session,
  graph: Graph,
  { folder, site, last }: { folder: string; site: DevSite; last: string },
): Promise<Tried> {
  const { console } = session
  const began = performance.now()
  let fingerprint: string | null = null
  try {
    const made = await packForDevelopment(folder, new Date())
    fingerprint = made.fingerprint
    if (fingerprint === last) return { fingerprint, installationId: null }
    const { installationId, findings } = await putVersion(graph, site, made)
    const ms = Math.round(performance.now() - began)
    const { id, version } = made
    session.exit = installationId === null ? EXIT.findings : EXIT.done
    const event = installationId === null ? 'refused' : 'running'
    console.result(
      { event, plugin: id, version, site: site.name, installationId, ms, findings },
      function* () {
        // What only tells would be told again with every save.
        yield* findingLines(
          findings.filter(({ severity }) => severity !== 'INFO'),
          console,
        )
        yield installationId === null
          ? `${timeText()} ${console.paint('red', 'refused')}: ${countFindings(findings)}. What ran before runs on.`
          : `${timeText()} ${console.paint('green', 'running')} ${plain(id)} ${version} at ${plain(site.name)}, after ${ms} ms`
      },
    )
    return { fingerprint, installationId }
  } catch (error) {
    session.exit = failed(console, error)
    return { fingerprint: isUnreachable(error) ? null : fingerprint, installationId: null }
  }
}

/** What the next save may mend is told, and the watching goes on; all else ends it. */
function failed(console: Console, error: unknown): CliError['exit'] {
  if (!(error instanceof CliError) || error.code === 'SELF_REVIEW') throw error
  // A server that is started anew is there with one of the next saves.
  const isFinal = error.exit === EXIT.noAccess || error.exit === EXIT.unexpected
  if (isFinal && !isUnreachable(error)) throw error
  console.result({ event: 'failed', code: error.code, message: error.message }, () => [
    `${timeText()} ${console.paint('red', 'failed')}: ${sentence(error.message)} What ran before runs on.`,
  ])
  return error.exit
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}

function timeText(): string {
  return new Date().toISOString().slice(11, 19)
}
