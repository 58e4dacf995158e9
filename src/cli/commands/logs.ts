import { Command } from 'commander'
import { days, hours, minutes, seconds } from '../../lib/units.ts'
import { plain } from '../console.ts'
import { usageError } from '../exit.ts'
import { findInstallation } from '../find-installation.ts'
import { followRuns, runsSince } from '../follow-runs.ts'
import { tellRun } from '../run-text.ts'
import type { Session } from '../session.ts'

/** `patchbay logs`: what a plugin says at a site. */
export function logsCommand(session: Session): Command {
  return new Command('logs')
    .summary('prints what an installation logs')
    .description(
      'Prints the lines that an installation logged, run by run, and how each ended. Needs a key that may see\n' +
        'the installation. With --follow it goes on until Ctrl-C, also with what replaces the installation, and tells what runs log while\n' +
        'they go on, a second later.',
    )
    .argument('<installation>', 'its id, plugin, plugin@site or plugin@organization/site')
    .option('--follow', 'goes on with what finishes from now on')
    .option(
      '--since <time>',
      'runs that began since then: 15m, 2h, 1d or 2026-11-01T00:00:00Z; else 1h, with --follow now',
    )
    .addHelpText(
      'after',
      `
Examples:
  $ patchbay logs welcome-email
  $ patchbay logs welcome-email@acme/north --follow --since 15m
  $ patchbay logs welcome-email --since 1d --json | jq -r 'select(.event == "outcome" and .outcome != "OK")'`,
    )
    .action(async (name: string, { follow, since }: { follow?: boolean; since?: string }) => {
      const now = Date.now()
      const from = new Date(
        since === undefined ? now - (follow ? 0 : hours(1)) : timeOf(since, now),
      ).toISOString()
      const graph = await session.graph()
      const { console } = session
      const installationId = await findInstallation(graph, name)
      if (!follow) {
        for await (const run of runsSince(graph, installationId, from)) tellRun(run, console)
        return
      }
      const interruption = session.interruption(`No longer following ${plain(name)}.`)
      const tell = (run: Parameters<typeof tellRun>[0]): void => tellRun(run, console)
      await followRuns(graph, installationId, { from, tell }, console, interruption)
      throw interruption.reason
    })
}

const UNITS: Readonly<Record<string, number>> = { s: seconds(1), m: minutes(1), h: hours(1), d: days(1) }

/** Milliseconds since 1970. */
function timeOf(since: string, now: number): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(since) ?? []
  if (count !== undefined && unit !== undefined) return now - Number(count) * UNITS[unit]!
  const time = /^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/i.test(since) ? Date.parse(since) : Number.NaN
  if (Number.isNaN(time)) throw usageError('--since is a time such as 15m, 2h, 1d or 2026-11-01T00:00:00Z.')
  return time
}
