import type { Function as FunctionNode } from 'acorn'
import { ModuleSyntaxError, parseModule } from '../../archive/parse-module.ts'
import { MiB } from '../../lib/units.ts'
import { findHandlers } from './handlers.ts'
import { Origins } from './origins.ts'
import { type Import, staticImports } from './reachable.ts'
import type { ModuleFile, TextFile, UnreadModule } from './rule.ts'
import { collectScopes, TooDeep } from './scopes.ts'

/** Bytes. Source text that people wrote stays under 200 KiB, bundles of small plugins under 700. */
export const MAX_MODULE_BYTES = MiB

/** Whether a file can be loaded as code. */
export function isJavaScript(path: string): boolean {
  return /\.m?js$/.test(path)
}

/** A module with its tree, scopes and imports; null for what is no JavaScript by its name. Never throws. */
export function readModule(
  file: TextFile,
): { file: ModuleFile; origins: Origins; imports: Import[] } | UnreadModule | null {
  if (!isJavaScript(file.path)) return null
  if (Buffer.byteLength(file.text) > MAX_MODULE_BYTES) return { problem: 'SIZE', message: '', line: 1 }
  try {
    const program = parseModule(file.text)
    const scopes = collectScopes(program)
    const handlers: ReadonlySet<FunctionNode> = findHandlers(program, scopes)
    return {
      file: { ...file, program, scopes },
      origins: new Origins(handlers),
      imports: staticImports(program),
    }
  } catch (error) {
    if (error instanceof ModuleSyntaxError)
      return { problem: 'SYNTAX', message: error.message, line: error.line }
    if (error instanceof TooDeep || error instanceof RangeError) {
      return { problem: 'SYNTAX', message: 'It is nested too deeply to be read', line: 1 }
    }
    throw error
  }
}
