import type { RuleRun } from '../rule.ts'

/** Files that the parser cannot read, which the other rules therefore do not see. */
export function unparsed(): RuleRun {
  return {
    unread: ({ problem, message, line }, tell) => {
      if (problem !== 'SYNTAX') return
      tell(line, `This is no ES module: ${message}. Correct it, or leave the file out.`)
    },
  }
}
