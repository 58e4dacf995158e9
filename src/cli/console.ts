import { styleText } from 'node:util'
import { printable } from '../archive/quote.ts'

type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan'

/** Where a command speaks: its results on standard output, all else on standard error. */
export interface Console {
  /** Standard output holds JSON and nothing else. */
  readonly json: boolean
  /** Standard error is a terminal that shows progress. */
  readonly showsProgress: boolean
  /** A question can be asked and answered. */
  readonly canAsk: boolean
  /** A result: as one line of JSON, or as lines for people. */
  result(value: unknown, lines: () => Iterable<string>): void
  /** What people are told beside the result. */
  note(text: string): void
  /** Rewrites the last line of standard error, on a terminal; an empty text wipes it. */
  status(text: string): void
  /** Colours, where standard output is a terminal and NO_COLOR is not set. */
  paint(style: Style, text: string): string
}

/** The console of this process. */
export function processConsole(json: boolean): Console {
  const { stdin, stdout, stderr } = process
  let shown = false
  const wipe = (): void => {
    if (shown) stderr.write('\r\u001B[K')
    shown = false
  }
  return {
    json,
    showsProgress: stderr.isTTY && !json,
    canAsk: stdin.isTTY && stderr.isTTY && !json,
    result(value, lines) {
      wipe()
      stdout.write(json ? `${JSON.stringify(value)}\n` : [...lines(), ''].join('\n'))
    },
    note(text) {
      wipe()
      stderr.write(`${text}\n`)
    },
    status(text) {
      if (!stderr.isTTY || json) return
      wipe()
      if (text === '') return
      // Cut: a line that wraps would not be wiped whole.
      stderr.write(text.slice(0, (stderr.columns || 80) - 1))
      shown = true
    },
    paint: (style, text) => styleText(style, text, { stream: stdout, validateStream: true }),
  }
}

/** Text of strangers, made harmless for a terminal: no escape sequences, no line breaks. */
export function plain(text: string): string {
  return printable(text, MAX_SHOWN_CHARACTERS)
}

/** The reasons of reviewers and the messages of checks are shorter. */
const MAX_SHOWN_CHARACTERS = 4000
