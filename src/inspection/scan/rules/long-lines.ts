import type { RuleRun } from '../rule.ts'

/** Characters; people and formatters stay under 500, tables under 2,000. */
const LONG_LINE = 5000
/** Blanks that push code out of sight, as was seen in packages that were taken over. */
const HIDDEN_BEHIND_BLANKS = /\S(?: {200}|\t{50})[ \t]*[^\s/]/

/** Code that a reviewer cannot read, because it stands in one line, or far to the right. */
export function longLines(): RuleRun {
  return {
    module: ({ text }, tell) => {
      const mayBeAside = text.includes(' '.repeat(50)) || text.includes('\t'.repeat(50))
      const aside = mayBeAside ? HIDDEN_BEHIND_BLANKS.exec(text) : null
      if (aside !== null) {
        const at = { start: aside.index }
        tell(at, 'Code stands far to the right, behind blanks. Remove them.')
      }
      const start = firstLongLine(text)
      if (start === null) return {}
      const message = `This line has more than ${LONG_LINE} characters, as minified code has. Ship the readable source: packages are compressed anyway.`
      tell({ start }, message)
      return {}
    },
  }
}

function firstLongLine(text: string): number | null {
  let start = 0
  while (text.length - start > LONG_LINE) {
    const end = text.indexOf('\n', start)
    if (end === -1 || end - start > LONG_LINE) return start
    start = end + 1
  }
  return null
}
