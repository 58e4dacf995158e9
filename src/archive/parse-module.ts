import { type Options, Parser, type Program } from 'acorn'

/** Why a text is no ES module, in words, and where. */
export class ModuleSyntaxError extends Error {
  /** From 1. */
  readonly line: number

  constructor(message: string, line: number) {
    super(message)
    this.name = 'ModuleSyntaxError'
    this.line = line
  }
}

/**
 * Names declared in one module, each counted once for every scope that it is known in. Bundles of 1 MiB reach 60,000; a
 * `var` within 3,000 blocks is known in each, and 30,000 of those take acorn 16 s and all memory.
 */
const MAX_DECLARATIONS = 1_000_000

/**
 * The syntax tree (ESTree, with offsets, without locations: see `lineAt`) of an ES module of the newest edition.
 *
 * @throws ModuleSyntaxError where it is none, or is nested deeper than the parser's stack reaches
 */
export function parseModule(source: string): Program {
  try {
    return new ModuleParser({ ecmaVersion: 'latest', sourceType: 'module' }, source).parse()
  } catch (error) {
    if (error instanceof RangeError) throw new ModuleSyntaxError('It is nested too deeply to be read', 1)
    if (!(error instanceof SyntaxError)) throw error
    const { pos } = error as SyntaxError & { pos?: number }
    const message = error.message.replace(/ \(\d+:\d+\)$/, '').replace(/^Not enough stack space.*/, NESTED)
    throw new ModuleSyntaxError(message, lineAt(source, pos ?? 0))
  }
}

/** The line, from 1, of an offset in UTF-16 units; lines end as ECMAScript says. */
export function lineAt(source: string, offset: number): number {
  return lineFinder(source)(offset)
}

/** The same for many offsets of one text. */
export function lineFinder(source: string): (offset: number) => number {
  const starts = [
    0,
    ...[...source.matchAll(/\r\n|[\n\r\u2028\u2029]/g)].map((end) => end.index + end[0].length),
  ]
  return (offset) => {
    let [low, high] = [0, starts.length]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle
    }
    return low + 1
  }
}

const NESTED = 'It is nested too deeply to be read'

/** The parts of acorn that are not in its types. */
interface ParserInternals {
  options: Options
  scopeStack: { flags: number; var: NameList; lexical: NameList; functions: NameList }[]
  parse(): Program
}

const OpenParser = Parser as unknown as new (options: Options, source: string) => ParserInternals

/**
 * Acorn looks for a name among those of its scope from first to last: 50,000 `let` in a row take it 12 s, with hashed
 * names 0.1 s.
 */
class ModuleParser extends OpenParser {
  #declared = 0

  /** Acorn calls this, from within its constructor too. */
  enterScope(flags: number): void {
    const count = (): void => this.#count()
    this.scopeStack.push({
      flags,
      var: new NameList(count),
      lexical: new NameList(count),
      functions: new NameList(count),
    })
  }

  #count(): void {
    this.#declared += 1
    if (this.#declared > MAX_DECLARATIONS) throw new SyntaxError('It declares too many names to be read')
  }
}

/** As much of an array as acorn's scopes use. */
class NameList {
  readonly #names = new Set<string>()
  readonly #count: () => void
  /** First of the names: the parameter of a `catch`. */
  0: string | undefined

  constructor(count: () => void) {
    this.#count = count
  }

  indexOf(name: string): number {
    return this.#names.has(name) ? 0 : -1
  }

  push(name: string): void {
    this.#count()
    this[0] ??= name
    this.#names.add(name)
  }
}
