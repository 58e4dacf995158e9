import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { messageOf } from '../../lib/errors.ts'
import { printable } from '../quote.ts'
import { type JsonProblem, scanJson } from './scan-json.ts'

/** What is wrong with a file that should hold a JSON object; the check's name is completed by the reader's. */
interface JsonFileProblem {
  check: JsonProblem['check'] | 'size' | 'encoding' | 'json'
  message: string
  line?: number
}

/** The checks that `readJson` makes, in their order. */
export const JSON_CHECKS = [
  'size',
  'encoding',
  'json',
  'depth',
  'values',
  'duplicate-key',
  'forbidden-key',
  'characters',
  'number',
] as const satisfies JsonFileProblem['check'][]

/** What was read; `value` is null where there is any problem. */
interface JsonFile {
  value: JsonObject | null
  /** JSON Pointer → line, from 1. */
  lines: ReadonlyMap<string, number>
  problems: JsonFileProblem[]
}

/** Reads a file that must hold one JSON object, strictly. A byte order mark is passed over. */
export function readJson(
  bytes: Uint8Array,
  limits: { maxBytes: number; maxDepth: number; maxValues: number },
): JsonFile {
  if (bytes.length > limits.maxBytes) {
    return failed({
      check: 'size',
      message: `It is larger than ${limits.maxBytes} bytes. Move what is big to files.`,
    })
  }
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return failed({ check: 'encoding', message: 'It is not UTF-8. Save it as UTF-8.' })
  }
  let value: JsonValue
  try {
    value = JSON.parse(text) as JsonValue
  } catch (error) {
    return failed(syntaxProblem(messageOf(error), text))
  }
  if (!isJsonObject(value)) {
    return failed({ check: 'json', message: 'It holds no JSON object. Write { … }.', line: 1 })
  }
  const { lines, problems } = scanJson(text, limits.maxDepth, limits.maxValues)
  return { value: problems.length === 0 ? value : null, lines, problems }
}

function failed(problem: JsonFileProblem): JsonFile {
  return { value: null, lines: new Map(), problems: [problem] }
}

function syntaxProblem(said: string, text: string): JsonFileProblem {
  const line = syntaxLine(said, text)
  const message = `It is not JSON: ${printable(said)}. Correct it there.`
  return { check: 'json', message, ...(line === null ? {} : { line }) }
}

/**
 * V8 says `… in JSON at position 12 (line 2 column 3)`, or quotes the text from ten characters before the fault:
 * `Unexpected token 'w', ..."…"... is not valid JSON`.
 */
function syntaxLine(said: string, text: string): number | null {
  const line = /\(line (\d+) column \d+\)/.exec(said)?.[1]
  if (line !== undefined) return Number(line)
  const quoted = /^Unexpected token .*?, \.\.\."(.*)"(?:\.\.\.)? is not valid JSON$/s.exec(said)?.[1]
  if (quoted === undefined) return null
  const start = text.indexOf(quoted)
  if (start === -1 || start !== text.lastIndexOf(quoted)) return null
  return text.slice(0, start + QUOTED_BEFORE).split('\n').length
}

const QUOTED_BEFORE = 10
