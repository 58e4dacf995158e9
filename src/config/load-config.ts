import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parseEnv } from 'node:util'
import { ConfigError, type Config, type ConfigMistake } from '../config.ts'
import { contradictions } from './contradictions.ts'
import { flagOf, readFlags } from './flags.ts'
import { resolveValues } from './resolve-values.ts'
import { findUnknownVariables } from './unknown-variables.ts'
import { variables, type Values } from './variables.ts'

/**
 * The configuration of this process: flags (`--port 0`), over its environment, over the file `.env` of the working
 * directory, over the defaults. Throws ConfigError.
 */
export function readConfig(args: readonly string[]): Config {
  const file = path.resolve('.env')
  const fromFile = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {}
  return loadConfig({ ...fromFile, ...process.env }, args)
}

/** Whether npm runs this process, as its script: then a shell of npm stands between the two. */
export function isStartedByNpm(): boolean {
  return process.env['npm_lifecycle_event'] !== undefined
}

/** The configuration that an environment and flags come to; an empty variable is an unset one. Throws ConfigError. */
export function loadConfig(env: NodeJS.ProcessEnv, args: readonly string[] = []): Config {
  const flags = readFlags(args, Object.values(variables))
  const unknown = findUnknownVariables(
    env,
    Object.values(variables).map(({ name }) => name),
  )
  const { values, mistakes: misread } = parseAll({ ...env, ...flags.values })
  const mistakes = [
    ...flags.mistakes,
    ...unknown.map(({ name, meant }) => ({
      name,
      problem: `is no variable of Patchbay${meant === null ? '' : `; did you mean ${meant}?`}`,
    })),
    ...misread,
    ...contradictions(values, new Set(misread.map(({ name }) => name))),
  ]
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  return resolveValues(values, env['NODE_ENV'] === 'production')
}

/** What `--help` and the documentation print of a variable. */
export interface VariableDescription {
  name: string
  /** `--data-dir`; null for secrets, which a command line would show to every user of the machine. */
  flag: string | null
  purpose: string
  expected: string
  default: string | null
}

/** Every variable that there is, in the order of the table. */
export function describeVariables(): VariableDescription[] {
  return Object.values(variables).map((variable) => ({
    name: variable.name,
    flag: flagOf(variable),
    purpose: variable.purpose,
    expected: variable.expected,
    default: variable.default,
  }))
}

/** Each variable by itself; one that is misread is missing from the values. */
function parseAll(env: NodeJS.ProcessEnv): { values: Partial<Values>; mistakes: ConfigMistake[] } {
  const values: Record<string, unknown> = {}
  const mistakes: ConfigMistake[] = []
  for (const [key, variable] of Object.entries(variables)) {
    const text = env[variable.name] || env[variable.otherName ?? ''] || variable.default
    if (text === null) {
      values[key] = null
      continue
    }
    const parsed = variable.parser.safeParse(text)
    if (parsed.success) values[key] = parsed.data
    else mistakes.push({ name: variable.name, problem: `expected ${variable.expected}` })
  }
  return { values, mistakes }
}
