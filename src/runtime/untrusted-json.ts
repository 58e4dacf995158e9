import type { JsonValue } from '../lib/json.ts'
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

const REFUSED_KEYS = new Set(['__proto__', 'constructor', 'prototype'])

/** By levels, not by recursion: a megabyte of `[` is half a million levels. */
function check(root: JsonValue): void {
  let level: JsonValue[] = [root]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_JSON_DEPTH) throw new UntrustedJsonError(`More than ${MAX_JSON_DEPTH} levels of JSON.`)
    const next: JsonValue[] = []
    for (const value of level) {
      if (typeof value !== 'object' || value === null) continue
      if (!Array.isArray(value)) checkKeys(Object.keys(value))
      for (const child of Object.values(value))
        if (typeof child === 'object' && child !== null) next.push(child)
    }
    level = next
  }
}

function checkKeys(keys: string[]): void {
  for (const key of keys) {
    if (REFUSED_KEYS.has(key)) throw new UntrustedJsonError(`The key "${key}" may not leave a plugin.`)
  }
}
