import type { CliRunFragment } from '../../schema/generated/graphql.ts'
import { plain, type Console } from './console.ts'

/** Tells of a run each line that it logged, and how it ended, if it has. */
export function tellRun(run: CliRunFragment, console: Console): void {
  const { id: invocationId, kind, name, outcome, durationMs, error } = run
  for (const { at, level, message } of run.logs) {
    console.result({ event: 'log', at, level, kind, name, message, invocationId }, () =>
      textOf(console, at, level, run, message),
    )
  }
  if (outcome === null) return
  const at = run.finishedAt ?? run.startedAt ?? ''
  const took = durationMs === null ? '' : ` in ${durationMs.toFixed(1)} ms`
  const why = error === null ? '' : `: ${error}`
  console.result({ event: 'outcome', at, kind, name, outcome, durationMs, error, invocationId }, () =>
    textOf(
      console,
      at,
      outcome === 'OK' || outcome === 'ABORTED' ? 'end' : 'fail',
      run,
      `${outcome}${took}${why}`,
    ),
  )
}

const COLOURS: Readonly<Record<string, 'red' | 'yellow' | 'dim' | 'green'>> = {
  error: 'red',
  fail: 'red',
  warn: 'yellow',
  debug: 'dim',
  end: 'green',
}

/** Longer than any level. */
const LEVEL_WIDTH = 5

/** What plugins say is a stranger's: it moves no cursor, and its own lines are set in, so that none looks like one of ours. */
function textOf(
  console: Console,
  at: string,
  level: string,
  { kind, name }: CliRunFragment,
  message: string,
): string[] {
  const [first = '', ...rest] = message.split('\n')
  const colour = COLOURS[level]
  const padded = plain(level).padEnd(LEVEL_WIDTH)
  const shown = colour === undefined ? padded : console.paint(colour, padded)
  return [
    `${at} ${shown} ${kind} ${plain(name)}  ${plain(first)}`,
    ...rest.map((more) => `    ${plain(more.trimStart())}`),
  ]
}
