import { parseArgs } from 'node:util'

import type { Variable } from './variable.ts'

/** `--data-dir` for PATCHBAY_DATA_DIR; null for secrets, which a command line would show to all of the machine. */
export function flagOf(variable: Variable<unknown>): string | null {
  if (variable.secret) return null
  return `--${variable.name
    .replace(/^PATCHBAY_/, '')
    .toLowerCase()
    .replaceAll('_', '-')}`
}

/**
 * What stands on the command line: values by variable name, and a mistake for each argument that means nothing. What
 * follows an unknown flag is taken for its value, and values are never told.
 */
export function readFlags(
  args: readonly string[],
  variables: readonly Variable<unknown>[],
): { values: Record<string, string>; mistakes: { name: string; problem: string }[] } {
  const names = new Map(variables.map((variable) => [flagOf(variable), variable.name]))
  const flags = [...names.keys()].filter((flag) => flag !== null)
  const options = Object.fromEntries(flags.map((flag) => [flag.slice(2), { type: 'string' as const }]))
  const { tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })

  const values: Record<string, string> = {}
  const mistakes: { name: string; problem: string }[] = []
  let unknownAt = -1
  for (const token of tokens) {
    if (token.kind === 'option') {
      const name = names.get(token.rawName)
      if (name !== undefined) values[name] = token.value ?? ''
      else {
        unknownAt = token.index
        mistakes.push({ name: token.rawName, problem: whyUnknown(token.rawName, variables) })
      }
    } else if (token.kind === 'positional' && token.index !== unknownAt + 1) {
      mistakes.push({ name: `argument ${token.index + 1}`, problem: 'stands without a flag' })
    }
  }
  return { values, mistakes }
}

function whyUnknown(flag: string, variables: readonly Variable<unknown>[]): string {
  const secret = variables.find((variable) => variable.secret && toFlag(variable.name) === flag)
  return secret === undefined
    ? 'is no flag; --help lists them'
    : `is a secret, which no command line should show: set ${secret.name} in the environment`
}

function toFlag(name: string): string {
  return `--${name
    .replace(/^PATCHBAY_/, '')
    .toLowerCase()
    .replaceAll('_', '-')}`
}
