import { KiB } from '../../../lib/units.ts'
import { MAX_MODULE_BYTES } from '../read-module.ts'
import type { RuleRun } from '../rule.ts'

/** Files that are too large to be parsed. */
export function tooLarge(): RuleRun {
  return {
    unread: ({ problem }, tell) => {
      if (problem !== 'SIZE') return
      const message = `The file is larger than ${MAX_MODULE_BYTES / KiB} KiB, and is not scanned. Split it, move data into .json files, or bundle less.`
      tell(1, message)
    },
  }
}
