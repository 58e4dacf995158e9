import { isMap, isPair, isScalar, LineCounter, type Node, parseDocument, visit, type Document } from 'yaml'
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import { KiB } from '../lib/units.ts'
import { printable } from './quote.ts'

/** A webhook file takes 600 bytes. */
const MAX_YAML_BYTES = 16 * KiB
/** `delivery.signing.secret` is the deepest that there is; `when` may grow. */
const MAX_DEPTH = 8

/** Problems of one file; each bracket of a heap of them may be one. */
const MAX_PROBLEMS = 20

/** Where something stands in a text file, both from 1. */
export interface Place {
  line: number
  column: number
}

export interface YamlProblem extends Partial<Place> {
  message: string
}

/** A YAML file that holds one mapping of plain values. */
export interface YamlFile {
  /** Null where there is any problem. */
  value: JsonObject | null
  problems: YamlProblem[]
  /**
   * Where the value of these keys stands, or the closest thing around it.
   *
   * @param line of a text of several (`|`), from 1: that line of it
   */
  placeOf(at: readonly PropertyKey[], line?: number | null): Place
}

/**
 * Reads YAML 1.2 strictly: no anchors, aliases and merges (ten lines of them make a thousand million values), no tags,
 * no second document, every key once.
 */
export function readYaml(bytes: Uint8Array): YamlFile {
  if (bytes.length > MAX_YAML_BYTES) return failed(`It is larger than ${MAX_YAML_BYTES / KiB} KiB. Split it.`)
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return failed('It is not UTF-8. Save it as UTF-8.')
  }
  // Also in a comment: the text is kept as it is.
  if (!isStorable(text)) return failed('It holds U+0000. Remove it.')
  if (deepest(text) > MAX_NESTING) return failed('It is nested too deeply. Flatten it.')
  const lines = new LineCounter()
  const document = parse(text, lines)
  if (document === null) return failed('It is nested too deeply. Flatten it.')
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const problems = [...document.errors, ...document.warnings]
    .slice(0, MAX_PROBLEMS)
    .map(({ message, pos }): YamlProblem => ({
      message: `It is not YAML as asked for: ${printable(message)}. Correct it there.`,
      ...place(pos[0]),
    }))
  if (problems.length === 0) problems.push(...refusedNodes(document, place))
  const value = problems.length === 0 ? (document.toJS({ maxAliasCount: 0 }) as JsonValue) : null
  if (problems.length === 0 && !isJsonObject(value)) {
    problems.push({ message: 'It holds no mapping. Write "api_version: v1" and so on.', line: 1, column: 1 })
  }
  return {
    value: isJsonObject(value) ? value : null,
    problems,
    placeOf: (at, line = null) => {
      const block = line === null ? null : blockOffset(document, at)
      if (line === null || block === null) return place(offsetOf(document, at))
      return { line: place(block).line + line, column: 1 }
    },
  }
}

/** Null where the parser came to the end of its stack. */
function parse(text: string, lineCounter: LineCounter): Document | null {
  try {
    return parseDocument(text, {
      lineCounter,
      version: '1.2',
      schema: 'core',
      strict: true,
      uniqueKeys: true,
      stringKeys: true,
      prettyErrors: false,
      logLevel: 'error',
    })
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/** The parser recurses for each bracket, and by indentation for each level; it must not come to the end of the stack. */
const MAX_NESTING = 64

function deepest(text: string): number {
  let depth = 0
  let most = 0
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth += bracket === '[' || bracket === '{' ? 1 : -1
    most = Math.max(most, depth)
  }
  const dashes = Math.max(
    0,
    ...[...text.matchAll(/^[ ]*((?:[-?:] +)*)/gm)].map(([, marks = '']) => marks.length / 2),
  )
  const indents = new Set([...text.matchAll(/^( *)\S/gm)].map(([, spaces = '']) => spaces.length))
  return Math.max(most, dashes, indents.size)
}

const FORBIDDEN_KEYS: ReadonlySet<unknown> = new Set(['__proto__', 'constructor', 'prototype'])

function refusedNodes(document: Document, place: (offset: number) => Place): YamlProblem[] {
  const problems: YamlProblem[] = []
  const refuse = (node: { range?: Node['range'] }, message: string): void => {
    problems.push({ message, ...place(node.range?.[0] ?? 0) })
  }
  visit(document, {
    Alias: (_, node) => refuse(node, 'Aliases are not read. Write the value out.'),
    Pair: (_, { key }) => {
      if (isScalar(key) && FORBIDDEN_KEYS.has(key.value))
        refuse(key, `The key "${String(key.value)}" is not allowed. Rename it.`)
    },
    Node: (_, node, path) => {
      if ('anchor' in node && node.anchor)
        refuse(node, 'Anchors are not read. Write the value out where it is needed.')
      if (node.tag !== undefined && node.tag.startsWith('!'))
        refuse(node, 'Tags are not read. Write the plain value.')
      if (isScalar(node) && typeof node.value === 'number' && !Number.isFinite(node.value))
        refuse(node, 'This is no number. Correct it.')
      if (isScalar(node) && typeof node.value === 'string' && !isStorable(node.value))
        refuse(node, 'This text holds half of a surrogate pair or U+0000. Remove it.')
      if (path.filter((parent) => !isPair(parent)).length > MAX_DEPTH)
        refuse(node, `It is nested deeper than ${MAX_DEPTH} levels. Flatten it.`)
    },
  })
  return problems
}

/** Whether a database can hold the text. */
function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

function offsetOf(document: Document, at: readonly PropertyKey[]): number {
  for (let length = at.length; length > 0; length -= 1) {
    const path = at.slice(0, length)
    const parent = document.getIn(path.slice(0, -1), true)
    const last = path.at(-1)
    const key = isMap(parent)
      ? parent.items.find((pair) => isScalar(pair.key) && pair.key.value === last)?.key
      : undefined
    if (isScalar(key) && key.range) return key.range[0]
    const node = document.getIn(path, true)
    if (isScalar(node) && node.range) return node.range[0]
  }
  return document.contents?.range?.[0] ?? 0
}

/** Of the `|` of a text whose lines stand in the file as they are; null where they do not. */
function blockOffset(document: Document, at: readonly PropertyKey[]): number | null {
  const node = document.getIn(at, true)
  return isScalar(node) && node.type === 'BLOCK_LITERAL' ? (node.range?.[0] ?? null) : null
}

function failed(message: string): YamlFile {
  return { value: null, problems: [{ message }], placeOf: () => ({ line: 1, column: 1 }) }
}
