import type { JsonObject, JsonValue } from '../lib/json.ts'
import { MAX_JSON_BYTES, MAX_JSON_DEPTH } from './limits.ts'

/** Why JSON text from plugin code was refused, in words for the plugin's author. */
export class UntrustedJsonError extends Error {}

/**
 * Parses what plugin code says is JSON.
 *
 * @throws {UntrustedJsonError} where it is none, too large, too deep, or holds a key that pollutes prototypes when
 * some code merges objects
 */
export function parseUntrustedJson(text: string, limit = MAX_JSON_BYTES): JsonValue {
  if (Buffer.byteLength(text) > limit) throw new UntrustedJsonError(`More than ${limit} bytes of JSON.`)
  const value = parse(text)
  check(value)
  return value
}

function parse(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    throw new UntrustedJsonError('This is not JSON.')
  }
}

type JsonContainer = JsonObject | JsonValue[]

const REFUSED_KEYS = new Set(['__proto__', 'constructor', 'prototype'])

/** By levels, not by recursion: a megabyte of `[` is half a million levels. */
function check(root: JsonValue): void {
  let level = isContainer(root) ? [root] : []
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_JSON_DEPTH) throw new UntrustedJsonError(`More than ${MAX_JSON_DEPTH} levels of JSON.`)
    const next: JsonContainer[] = []
    for (const value of level) {
      if (Array.isArray(value)) {
        for (const child of value) if (isContainer(child)) next.push(child)
        continue
      }
      // Not Object.keys: lists of 80,000 keys and values took as long as all else here.
      for (const key in value) {
        if (REFUSED_KEYS.has(key)) throw new UntrustedJsonError(`The key "${key}" may not leave a plugin.`)
        const child = value[key]
        if (isContainer(child)) next.push(child)
      }
    }
    level = next
  }
}

function isContainer(value: JsonValue | undefined): value is JsonContainer {
  return typeof value === 'object' && value !== null
}
