import type { FindingCategory, FindingSeverity } from '../archive/finding.ts'
import { plain, type Console } from './console.ts'

/** A finding as checks here make it, or as a server tells it. */
export interface ShownFinding {
  severity: FindingSeverity
  category: FindingCategory
  check: string
  message: string
  path?: string | null
  line?: number | null
}

/** Where findings stand that are about no file. */
const WHOLE_PACKAGE = 'the package'

const COLOURS = { ERROR: 'red', WARNING: 'yellow', INFO: 'cyan' } as const

/** Findings for people, by file and line; the same whether they were found here or by a server. */
export function* findingLines(
  findings: readonly ShownFinding[],
  console: Pick<Console, 'paint'>,
): Generator<string> {
  const byFile = Map.groupBy(findings, ({ path }) => path ?? '')
  for (const [path, ofFile] of [...byFile].sort(([a], [b]) => compare(a, b))) {
    yield console.paint('bold', path === '' ? WHOLE_PACKAGE : plain(path))
    const width = Math.max(...ofFile.map(({ line }) => String(line ?? '').length))
    for (const { line, severity, check, message } of ofFile.toSorted(byLine)) {
      const place = width === 0 ? '' : `${String(line ?? '').padStart(width)}  `
      const kind = console.paint(COLOURS[severity], severity.padEnd('WARNING'.length))
      yield `  ${place}${kind}  ${plain(check)}  ${plain(message)}`
    }
    yield ''
  }
}

/** `2 errors, 1 warning`; `no findings` where there are none. */
export function countFindings(findings: readonly { severity: FindingSeverity }[]): string {
  const counts = Map.groupBy(findings, ({ severity }) => severity)
  const parts = (['ERROR', 'WARNING', 'INFO'] as const).flatMap((severity) => {
    const count = counts.get(severity)?.length ?? 0
    return count === 0 ? [] : [plural(count, NAMES[severity])]
  })
  return parts.join(', ') || 'no findings'
}

const NAMES = { ERROR: 'error', WARNING: 'warning', INFO: 'note' } as const

/** `1 file`, `2 files`. */
export function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}

/** `812 bytes`, `1.4 kB`, `2.3 MB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return plural(bytes, 'byte')
  const [unit, name] = bytes < 1e6 ? [1e3, 'kB'] : [1e6, 'MB']
  return `${(bytes / unit).toFixed(1)} ${name}`
}

function byLine(a: ShownFinding, b: ShownFinding): number {
  return (a.line ?? 0) - (b.line ?? 0)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
