import { quote } from '../quote.ts'

/** Something that JSON allows and a manifest may not have. */
export interface JsonProblem {
  check: 'depth' | 'duplicate-key' | 'forbidden-key' | 'characters' | 'number' | 'values'
  message: string
  /** From 1. */
  line: number
}

/** What `JSON.parse` does not tell: where each value stands, and what it passes over in silence. */
interface JsonScan {
  /** JSON Pointer (RFC 6901) of each value → its line, from 1. */
  lines: ReadonlyMap<string, number>
  problems: JsonProblem[]
}

/** Keys that change an object's prototype in careless code. */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * Walks a text that `JSON.parse` accepted, in one pass and without recursion: a YAML or JSON5 parser would answer the
 * same questions, but recurses, and compares keys pairwise (30,000 keys fit into a manifest). Beyond `maxDepth` and
 * `maxValues` it stops.
 */
export function scanJson(text: string, maxDepth: number, maxValues = Number.POSITIVE_INFINITY): JsonScan {
  const lines = new Map<string, number>([['', 1]])
  const problems: JsonProblem[] = []
  const frames: Frame[] = []
  let line = 1
  TOKEN.lastIndex = 0
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    const token = match[0]
    const frame = frames.at(-1)
    if (token === '\n') {
      line += 1
      continue
    }
    if (token === ',' && frame) {
      frame.key = null
      frame.index += 1
      continue
    }
    if (token === '}' || token === ']') {
      frames.pop()
      continue
    }
    if (frame?.keys && frame.key === null) {
      frame.key = takeKey(token, frame.keys, (check, message) => problems.push({ check, message, line }))
      continue
    }
    const pointer = frame ? `${frame.pointer}/${escapePointer(frame.key ?? String(frame.index))}` : ''
    if (!lines.has(pointer)) lines.set(pointer, line)
    if (lines.size > maxValues) {
      const message = `It holds more than ${maxValues} values. Move what is large to a file of the archive.`
      return { lines, problems: [...problems, { check: 'values', message, line }] }
    }
    if (token === '{' || token === '[') {
      if (frames.length >= maxDepth) {
        const message = `It is nested deeper than ${maxDepth} levels. Flatten it.`
        return { lines, problems: [...problems, { check: 'depth', message, line }] }
      }
      frames.push({ keys: token === '{' ? new Set() : null, key: null, index: 0, pointer })
    } else {
      const problem = scalarProblem(token)
      if (problem) problems.push({ ...problem, line })
    }
  }
  return { lines, problems }
}

/** The JSON Pointer of a path. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${escapePointer(String(part))}`).join('')
}

interface Frame {
  /** Keys so far; null in an array. */
  keys: Set<string> | null
  /** Key whose value comes next; null before the key, and in an array. */
  key: string | null
  index: number
  pointer: string
}

/** Strings, numbers and words, and structure; a colon says nothing that the order does not. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],\n]|-?\d[\d.eE+-]*|true|false|null/g

function takeKey(
  token: string,
  keys: Set<string>,
  add: (check: JsonProblem['check'], message: string) => void,
): string {
  const key = JSON.parse(token) as string
  const problem = scalarProblem(token)
  if (problem) add(problem.check, problem.message)
  if (keys.has(key))
    add('duplicate-key', `The key ${quote(key)} stands twice in one object. Remove one of them.`)
  if (FORBIDDEN_KEYS.has(key))
    add('forbidden-key', `The key ${quote(key)} is not allowed anywhere. Rename it.`)
  keys.add(key)
  return key
}

function scalarProblem(token: string): Omit<JsonProblem, 'line'> | null {
  if (token.startsWith('"')) {
    const text = JSON.parse(token) as string
    if (text.isWellFormed() && !text.includes('\0')) return null
    const message = 'A text holds half of a surrogate pair or U+0000, which cannot be stored. Remove it.'
    return { check: 'characters', message }
  }
  const fault = /^[-\d]/.test(token) ? numberFault(token) : null
  return fault === null ? null : { check: 'number', message: `The number ${quote(token)} ${fault}` }
}

/** Numbers that are read as others than those that are written. */
function numberFault(token: string): string | null {
  const value = Number(token)
  if (!Number.isFinite(value)) return 'is too large for anything. Correct it.'
  if (Object.is(value, -0)) return 'is minus nothing. Write 0.'
  if (value === 0 && /[1-9]/.test(token.replace(/e.*/i, ''))) return 'is too small for anything. Write 0.'
  if (/^-?\d+$/.test(token) && !Number.isSafeInteger(value))
    return 'loses digits when it is read. Write it as a text.'
  return null
}

function escapePointer(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1')
}
