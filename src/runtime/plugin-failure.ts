import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import type { PluginFailure } from './plugin-call.ts'
import { storable } from './storable.ts'
import { parseUntrustedJson } from './untrusted-json.ts'

/** Characters. The guest keeps to these already; it is not believed. */
const MAX_NAME = 100
const MAX_MESSAGE = 4000
const MAX_STACK = 8000
const MAX_DETAILS = 16_000

export interface ReportedFailure {
  /** `plugin` for a PluginError, `denied` for a PermissionDenied. */
  type: 'plugin' | 'denied' | 'other'
  failure: PluginFailure
}

/** Reads what the guest tells of an error. Never throws: an unreadable report is a failure like another. */
export function parseFailure(body: string): ReportedFailure {
  const report = read(body)
  const { type, code, stack } = report
  const details =
    typeof report.details === 'string' ? readJson(report.details.slice(0, MAX_DETAILS)) : undefined
  return {
    type: type === 'plugin' || type === 'denied' ? type : 'other',
    failure: {
      name: text(report.name, MAX_NAME) ?? 'Error',
      message: text(report.message, MAX_MESSAGE) ?? 'The plugin failed without words.',
      ...(typeof code === 'string' && code !== '' && { code: storable(code.slice(0, MAX_NAME)) }),
      ...(typeof stack === 'string' && { stack: storable(stack.slice(0, MAX_STACK)) }),
      ...(details !== undefined && { details }),
    },
  }
}

function read(body: string): JsonObject {
  const value = readJson(body)
  return isJsonObject(value) ? value : {}
}

function readJson(body: string): JsonValue | undefined {
  try {
    return parseUntrustedJson(body)
  } catch {
    return undefined
  }
}

function text(value: unknown, length: number): string | undefined {
  return typeof value === 'string' ? storable(value.slice(0, length)) : undefined
}
