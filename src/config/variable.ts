import type { Parser } from './parsers.ts'

/** One variable of the environment. */
export interface Variable<Value> {
  readonly name: string
  readonly purpose: string
  /** Completes the sentence 'expected …'. */
  readonly expected: string
  /** As one would write it; null where nothing is the default. */
  readonly default: string | null
  /** A flag would show it to every user of the machine. */
  readonly secret: boolean
  readonly parser: Parser<Value>
  /** Read where the variable itself is unset: the name under which other tools know the same. */
  readonly otherName?: string
}

/** A variable with a default always has a value. */
export interface Optional<Value> extends Variable<Value> {
  readonly default: null
}
export interface Defaulted<Value> extends Variable<Value> {
  readonly default: string
}

/** What a table's variables come to. */
export type ValuesOf<Table extends Record<string, Variable<unknown>>> = {
  readonly [Name in keyof Table]: Table[Name] extends Defaulted<infer Value>
    ? Value
    : Table[Name] extends Variable<infer Value>
      ? Value | null
      : never
}

/** A variable with a default, given as one would write it. */
export function set<Value>(
  name: string,
  purpose: string,
  parser: Parser<Value>,
  byDefault: string,
  expected: string,
): Defaulted<Value> {
  return { name, purpose, expected, default: byDefault, secret: false, parser }
}

/** A variable that may stay away. */
export function optional<Value>(
  name: string,
  purpose: string,
  parser: Parser<Value>,
  expected: string,
): Optional<Value> {
  return { name, purpose, expected, default: null, secret: false, parser }
}

/** One that may stay away, and whose value nobody else should see. */
export function secret<Value>(
  name: string,
  purpose: string,
  parser: Parser<Value>,
  expected: string,
): Optional<Value> {
  return { ...optional(name, purpose, parser, expected), secret: true }
}

/** The same variable, which may also be given by the name that other tools have for it. */
export function alsoNamed<Described extends Variable<unknown>>(
  variable: Described,
  otherName: string,
): Described {
  return { ...variable, purpose: `${variable.purpose}; or by ${otherName}`, otherName }
}
