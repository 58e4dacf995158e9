import { RE2JS } from 're2js'
import type { Budget } from './budget.ts'

/** Characters of one pattern; real ones stay under 200. */
const MAX_PATTERN = 1_000
/** Instructions of one pattern: repetitions multiply, `(\w{9}){99}` has a thousand. */
const MAX_PROGRAM = 5_000

/** A pattern is none, or none that can be matched without backtracking. */
export class PatternError extends Error {}

/**
 * A pattern of a schema (ECMA-262) as a regular expression of RE2, which takes time in proportion to the text, whatever
 * both say: a plugin's schema cannot make us run for ever.
 *
 * @throws PatternError in words for the schema's author
 */
export function compilePattern(pattern: string): RE2JS {
  if (pattern.length > MAX_PATTERN) {
    throw new PatternError(`is longer than ${MAX_PATTERN} characters: split it`)
  }
  const unable = UNABLE.find(([syntax]) => syntax.test(pattern))
  if (unable !== undefined) throw new PatternError(`${unable[1]}: ${UNSUPPORTED}`)
  try {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern))
    if (compiled.programSize() <= MAX_PROGRAM) return compiled
  } catch (error) {
    const said = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : ''
    throw new PatternError(`cannot be read by RE2 (${said}): correct it`)
  }
  throw new PatternError('repeats too much: lower the counts in its braces')
}

const UNSUPPORTED = 'patterns are matched by RE2, which does not backtrack and has no such thing. Do without'

/** What ECMA-262 has and RE2 cannot have; an escaped backslash before is no escape. */
const UNABLE: [RegExp, string][] = [
  [/(?<!\\)(?:\\\\)*\(\?[=!]/, 'looks ahead'],
  [/(?<!\\)(?:\\\\)*\(\?<[=!]/, 'looks behind'],
  [/(?<!\\)(?:\\\\)*\\(?:[1-9]|k<)/, 'refers back to a group'],
]

/** The factory of regular expressions that ajv asks; each match is paid for. */
export function linearRegExp(budget: Budget): ((pattern: string) => LinearRegExp) & { code: string } {
  const create = (pattern: string): LinearRegExp => {
    const compiled = compilePattern(pattern)
    const program = compiled.programSize()
    return {
      test: (text) => {
        budget.spend(1 + (text.length * program) / STEPS_A_UNIT)
        return compiled.matcher(text).find()
      },
      source: pattern,
      // ajv tells patterns apart by this.
      toString: () => `linear:/${pattern}/`,
    }
  }
  return Object.assign(create, { code: 'linearRegExp' })
}

interface LinearRegExp {
  test(text: string): boolean
  source: string
  toString(): string
}

/** A step (an instruction held against a character) takes 25 ns, a unit of the budget some 2 µs. */
const STEPS_A_UNIT = 64
