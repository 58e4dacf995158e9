import { TraceMap, originalPositionFor } from '@jridgewell/trace-mapping'
import { isJsonObject, type JsonValue } from '../lib/json.ts'
import { KiB } from '../lib/units.ts'
import type { PluginResult } from './plugin-call.ts'

/** Characters of encoded positions: those of 1.5 MB of code, and some 40 ms to decode at worst. */
const MAX_MAPPINGS = 512 * KiB
/** Files that one map may name. */
const MAX_SOURCES = 5000
/** Characters of a file's name in a trace. */
const MAX_NAME = 200
/** Characters of one line: those of frames are short, and a longer one is left alone. */
const MAX_LINE = 500
/** Decoded maps that are kept, of all packages: one takes up to 20 MB. */
const MAX_DECODED = 4

/** `at name (main.js:3:14)`, `at main.js:3:14`, `at async name (main.js:3:14)`. */
const FRAME = /^(\s*at (?:[^(]*\()?)([^()\s][^()]*):(\d{1,7}):(\d{1,7})(\)?)$/

/** Decoded maps by their text, the last used last; null for what is no map. */
const decoded = new Map<string, TraceMap | null>()

/** A result whose error, and what was logged of errors, tells the places in the plugin's own sources. */
export function withReadableTraces(result: PluginResult, maps: ReadonlyMap<string, string>): PluginResult {
  if (maps.size === 0) return result
  const { error, logs } = result
  return {
    ...result,
    logs: logs.map((line) => ({ ...line, message: readableTrace(line.message, maps) })),
    ...(error?.stack !== undefined && { error: { ...error, stack: readableTrace(error.stack, maps) } }),
  }
}

/**
 * Gives the places of a trace as they were before the plugin was built. The maps are a stranger's: whatever is wrong
 * with them leaves the trace as it is.
 *
 * @param maps text of each module's source map, by the module's path
 */
function readableTrace(trace: string, maps: ReadonlyMap<string, string>): string {
  if (!trace.includes('at ')) return trace
  return trace
    .split('\n')
    .map((line) => (line.length > MAX_LINE ? line : readableLine(line, maps)))
    .join('\n')
}

function readableLine(line: string, maps: ReadonlyMap<string, string>): string {
  const [, before = '', path = '', row = '', column = '', after = ''] = FRAME.exec(line) ?? []
  const text = maps.get(path)
  const map = text === undefined ? null : decode(text)
  if (map === null) return line
  try {
    // Rows are counted from 1 by both; columns from 1 by V8 and from 0 by maps.
    const found = originalPositionFor(map, { line: Number(row), column: Number(column) - 1 })
    if (found.source === null) return line
    return `${before}${nameOf(found.source)}:${found.line}:${found.column + 1}${after}`
  } catch {
    return line
  }
}

function decode(text: string): TraceMap | null {
  const known = decoded.get(text)
  const map = known === undefined ? parse(text) : known
  decoded.delete(text)
  decoded.set(text, map)
  if (decoded.size > MAX_DECODED) decoded.delete(decoded.keys().next().value!)
  return map
}

/** Takes only what positions need: no file's content, and no map within the map. */
function parse(text: string): TraceMap | null {
  try {
    const map = JSON.parse(text) as JsonValue
    if (!isJsonObject(map) || map['version'] !== 3) return null
    const { sources, mappings } = map
    if (typeof mappings !== 'string' || mappings.length > MAX_MAPPINGS) return null
    if (!Array.isArray(sources) || sources.length > MAX_SOURCES) return null
    const names = sources.map((source) => (typeof source === 'string' ? source.slice(0, MAX_NAME) : ''))
    return new TraceMap({ version: 3, sources: names, names: [], mappings })
  } catch {
    return null
  }
}

/** `webpack://shop/./src/a.ts` and `../src/a.ts` are `src/a.ts`. */
function nameOf(source: string): string {
  return source
    .replace(/^[a-z]+:\/\/[^/]*\//, '')
    .replace(/^(\.{0,2}\/)+/, '')
    .replace(/[^\p{L}\p{N}\p{P}\p{S} ]|[()]/gu, '?')
    .slice(0, MAX_NAME)
}
