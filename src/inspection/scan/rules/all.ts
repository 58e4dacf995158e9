import type { ScanRule } from '../rule.ts'
import { dynamicCode } from './dynamic-code.ts'
import { indirectCode } from './dynamic-code-indirect.ts'
import { tooLarge } from './file-size.ts'
import { unparsed } from './parse.ts'

/** Every rule of the scan, in the order of the report, with what it does to a package: the one place that says so. */
export const scanRules: readonly ScanRule[] = [
  {
    name: 'scan.parse',
    severity: 'ERROR',
    unreachable: 'WARNING',
    why: 'What the parser cannot read, no rule has seen.',
    start: unparsed,
  },
  {
    name: 'scan.file-size',
    severity: 'ERROR',
    why: 'What is too large to be parsed, no rule has seen.',
    start: tooLarge,
  },
  {
    name: 'scan.dynamic-code',
    severity: 'ERROR',
    why: 'Code made from text at run time was never reviewed; the sandbox refuses it too.',
    start: dynamicCode,
  },
  {
    name: 'scan.dynamic-code.indirect',
    severity: 'WARNING',
    why: 'Whoever passes `eval` or `Function` on, or looks globals up by made-up names, can hide a call.',
    start: indirectCode,
  },
]
