import { isJsonObject, type JsonObject } from '../lib/json.ts'
import type { Frame } from './frames.ts'
import { MAX_HEAD_BYTES } from './limits.ts'
import { parseUntrustedJson } from './untrusted-json.ts'

/** What the parent says to a child. Bodies: `code` the modules by path, `call` its facts and arguments, answers JSON. */
export type ParentMessage =
  | { t: 'code'; digest: string; entry: string }
  | { t: 'forget'; digest: string }
  | { t: 'open'; isolate: number; digest: string; memoryMb: number }
  | { t: 'call'; call: number; isolate: number; timeoutMs: number; path?: string }
  | { t: 'answer' | 'refuse'; call: number; isolate: number; ticket: number }
  | { t: 'close'; isolate: number; call: number }
  | { t: 'dispose'; isolate: number }

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** What a child may say, after it was checked. */
export type ChildMessage =
  | { t: 'ready' }
  | { t: 'log'; call: number; level: LogLevel; text: string }
  | { t: 'host'; call: number; ticket: number; operation: string; input: string }
  | {
      t: 'done'
      call: number
      ending: Ending
      cpuMs: number
      heapBytes: number
      unusable: boolean
      body: string
    }
  | { t: 'closed'; isolate: number }

/** How a call ended, as the child has it. */
export type Ending = 'done' | 'failed' | 'TIMEOUT' | 'OUT_OF_MEMORY'

/** The child does not keep to the protocol: it is taken for hostile and killed. */
export class ProtocolError extends Error {}

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']
const ENDINGS: readonly Ending[] = ['done', 'failed', 'TIMEOUT', 'OUT_OF_MEMORY']

/**
 * Reads a frame of a child as one reads a stranger's request.
 *
 * @throws {ProtocolError}
 */
export function parseChildMessage(frame: Frame): ChildMessage {
  const head = parseHead(frame.head)
  const kind: unknown = head.t
  switch (kind) {
    case 'ready':
      return { t: 'ready' }
    case 'log':
      return { t: 'log', call: id(head.call), level: oneOf(LEVELS, head.level), text: frame.body }
    case 'host':
      return {
        t: 'host',
        call: id(head.call),
        ticket: id(head.ticket),
        operation: name(head.operation),
        input: frame.body,
      }
    case 'done':
      return {
        t: 'done',
        call: id(head.call),
        ending: oneOf(ENDINGS, head.ending),
        cpuMs: amount(head.cpuMs),
        heapBytes: amount(head.heapBytes),
        unusable: head.unusable === true,
        body: frame.body,
      }
    case 'closed':
      return { t: 'closed', isolate: id(head.isolate) }
    default:
      throw new ProtocolError('A message of an unknown kind.')
  }
}

function parseHead(text: string): JsonObject {
  try {
    const head = parseUntrustedJson(text, MAX_HEAD_BYTES)
    if (isJsonObject(head)) return head
  } catch {
    throw new ProtocolError('A head that is not acceptable JSON.')
  }
  throw new ProtocolError('A head that is no object.')
}

function id(value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) > 0) return value as number
  throw new ProtocolError('A number that is none.')
}

function amount(value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER) return value
  throw new ProtocolError('An amount that is none.')
}

function name(value: unknown): string {
  if (typeof value === 'string' && value.length <= 100) return value
  throw new ProtocolError('A name that is none.')
}

function oneOf<T extends string>(allowed: readonly T[], value: unknown): T {
  const found = allowed.find((candidate) => candidate === value)
  if (found === undefined) throw new ProtocolError('A word that is not known.')
  return found
}
