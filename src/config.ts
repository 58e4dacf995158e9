import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parseEnv } from 'node:util'

import { readFlags } from './config/flags.ts'
import { findUnknownVariables } from './config/unknown-variables.ts'
import { variables, type ValuesOf, type Variable } from './config/variables.ts'

/** The server's configuration: bytes and milliseconds carry their unit in the name. */
export interface Config {
  readonly port: number
  readonly host: string
  readonly role: 'all' | 'api' | 'worker'
  /** Null: the embedded PostgreSQL in the data directory. */
  readonly database: { readonly url: string; readonly ownerUrl: string } | null
  /** Absolute. */
  readonly dataDirectory: string
  /** Absolute directory of the blob store. */
  readonly storageDirectory: string
  /** Null: made on the first start and kept in the data directory. */
  readonly adminKey: string | null
  /** 32 bytes; null, with the embedded database only: made in the data directory. */
  readonly secretsKey: Uint8Array | null
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
  readonly production: boolean
  readonly archiveLimits: {
    readonly packedBytes: number
    readonly unpackedBytes: number
    readonly entries: number
    readonly entryBytes: number
    readonly ratio: number
    readonly pathBytes: number
    readonly depth: number
  }
  readonly plugins: {
    readonly timeoutMs: number
    readonly jobTimeoutMs: number
    readonly memoryMb: number
    readonly processes: number
  }
  readonly allowSelfReview: boolean
  readonly healthFlushMs: number
  readonly subscriptionsPerSocket: number
  readonly retention: {
    readonly invocationsMs: number
    readonly eventsMs: number
    readonly healthMs: number
  }
}

/** One variable or flag that is not as it must be. Values are never told: they may be secrets. */
export interface ConfigMistake {
  /** `PORT`, or `--prot` for a flag that there is not. */
  name: string
  problem: string
}

/** All mistakes of a configuration at once; the message lists them, one a line. */
export class ConfigError extends Error {
  readonly mistakes: readonly ConfigMistake[]

  constructor(mistakes: readonly ConfigMistake[]) {
    const lines = mistakes.map(({ name, problem }) => `  ${name}: ${problem}`)
    super([`The configuration has ${mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`}:`, ...lines].join('\n'))
    this.name = 'ConfigError'
    this.mistakes = mistakes
  }
}

/**
 * The configuration of this process: flags (`--port 0`), over its environment, over the file `.env` of the working
 * directory, over the defaults. Throws ConfigError.
 */
export function readConfig(args: readonly string[]): Config {
  const file = path.resolve('.env')
  const fromFile = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {}
  return loadConfig({ ...fromFile, ...process.env }, args)
}

/** The configuration that an environment and flags come to; an empty variable is an unset one. Throws ConfigError. */
export function loadConfig(env: NodeJS.ProcessEnv, args: readonly string[] = []): Config {
  const flags = readFlags(args, Object.values(variables))
  const unknown = findUnknownVariables(env, Object.values(variables).map(({ name }) => name))
  const { values, mistakes: misread } = parseAll({ ...env, ...flags.values })
  const mistakes = [
    ...flags.unknown.map((name) => ({ name, problem: 'is no flag; --help lists them' })),
    ...unknown.map(({ name, meant }) => ({
      name,
      problem: `is no variable of Patchbay${meant === null ? '' : `; did you mean ${meant}?`}`,
    })),
    ...misread,
    ...contradictions(values, new Set(misread.map(({ name }) => name))),
  ]
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  return resolve(values, env['NODE_ENV'] === 'production')
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
