import type { Program } from 'acorn'
import { MiB } from '../../lib/units.ts'
import { lineFinder, ModuleSyntaxError, parseModule } from '../parse-module.ts'
import { printable, quote } from '../quote.ts'
import type { Problem } from './manifest-check.ts'

/** Larger modules are bundles that nobody reviews, and take a second to parse. */
const MAX_MODULE_BYTES = MiB
/** Of all modules that are imported; an isolate has 100 MB for them, their code and their data. */
const MAX_CODE_BYTES = 8 * MiB

/** What is known of one module; the syntax tree, ten times its size, is not kept. */
export interface ModuleFacts {
  imports: { specifier: string; line: number }[]
  exports: ReadonlySet<string>
  /** Why it is none; then nothing else is known. */
  fault: { message: string; line: number | null } | null
}

type Entries = ReadonlyMap<string, Uint8Array>

/** A file that may be imported, by its name. */
export const MODULE = /\.m?js$/
const JSON_MODULE = /\.json$/

/** By the bytes of the file: several checks ask for the same ones. */
const known = new WeakMap<Uint8Array, ModuleFacts>()

/** What a file of the archive is as an ES module. */
export function readModule(path: string, bytes: Uint8Array): ModuleFacts {
  const facts = known.get(bytes) ?? factsOf(path, bytes)
  known.set(bytes, facts)
  return facts
}

/** What a text is as an ES module. */
export function factsOfSource(source: string): ModuleFacts {
  try {
    return { ...importsAndExports(parseModule(source), source), fault: null }
  } catch (error) {
    if (!(error instanceof ModuleSyntaxError)) throw error
    return failed(`It is no ES module: ${printable(error.message)}. Correct it there.`, error.line)
  }
}

/** What is wrong with the text of the modules that are reached from these, each in its file. */
export function* moduleFaults(roots: Iterable<string>, entries: Entries): Generator<Problem> {
  let bytes = 0
  for (const { path, facts } of reachableModules(roots, entries)) {
    bytes += entries.get(path)?.length ?? 0
    if (facts.fault !== null) {
      const { message, line } = facts.fault
      yield { message, file: path, ...(line === null ? {} : { line }) }
    }
    if (bytes > MAX_CODE_BYTES) {
      yield { message: `More than ${MAX_CODE_BYTES / MiB} MiB of code are imported. Ship less of it.` }
      return
    }
  }
}

/** Imports among the modules that are reached from these which find nothing. Cycles are fine. */
export function* importFaults(roots: Iterable<string>, entries: Entries): Generator<Problem> {
  for (const { path, facts } of reachableModules(roots, entries)) {
    for (const { specifier, line } of facts.imports) {
      const message = importFault(path, specifier, entries)
      if (message !== null) yield { message, file: path, line }
    }
  }
}

function* reachableModules(
  roots: Iterable<string>,
  entries: Entries,
): Generator<{ path: string; facts: ModuleFacts }> {
  const reached = new Set(roots)
  let bytes = 0
  for (const path of reached) {
    const content = entries.get(path)
    if (content === undefined) continue
    const facts = readModule(path, content)
    yield { path, facts }
    bytes += content.length
    if (bytes > MAX_CODE_BYTES) return
    for (const { specifier } of facts.imports) {
      const target = resolveImport(path, specifier)
      if (target !== null) reached.add(target)
    }
  }
}

function importFault(path: string, specifier: string, entries: Entries): string | null {
  if (specifier === 'patchbay') return null
  if (!RELATIVE.test(specifier)) {
    return `${quote(specifier)} cannot be imported: only "patchbay" and files of the archive can ("./…"). Ship what it needs, and import that.`
  }
  const target = resolveImport(path, specifier)
  if (target === null) return `${quote(specifier)} lies outside of the archive. Move it into the plugin.`
  if (!MODULE.test(target) && !JSON_MODULE.test(target)) {
    return `${quote(specifier)} is no module by its name. Import .js, .mjs or .json, with the ending.`
  }
  if (entries.has(target)) return null
  return `There is no ${quote(target)} in the archive. Add it, or correct the import ${quote(specifier)}.`
}

const RELATIVE = /^\.\.?\//

/** The path in the archive that a relative import means, as the sandbox finds it; null where it leaves the archive. */
function resolveImport(importer: string, specifier: string): string | null {
  if (!RELATIVE.test(specifier)) return null
  const parts = importer.split('/').slice(0, -1)
  for (const part of specifier.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return null
  }
  return parts.join('/')
}

function factsOf(path: string, bytes: Uint8Array): ModuleFacts {
  if (bytes.length > MAX_MODULE_BYTES) {
    return failed(`A module has at most ${MAX_MODULE_BYTES / MiB} MiB. Split it, or ship less.`, null)
  }
  let source: string
  try {
    source = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return failed('It is not UTF-8. Save it as UTF-8.', null)
  }
  if (!JSON_MODULE.test(path)) return factsOfSource(source)
  try {
    JSON.parse(source)
    return { imports: [], exports: new Set(['default']), fault: null }
  } catch {
    return failed('It is imported, and is no JSON. Correct it.', null)
  }
}

function failed(message: string, line: number | null): ModuleFacts {
  return { imports: [], exports: new Set(), fault: { message, line } }
}

/** `export * from` exports what the other module does; for that it stands as `*`. */
function importsAndExports(program: Program, source: string): Pick<ModuleFacts, 'imports' | 'exports'> {
  const imports: ModuleFacts['imports'] = []
  const exports = new Set<string>()
  const lineOf = lineFinder(source)
  for (const node of program.body) {
    if (node.type === 'ExportDefaultDeclaration') exports.add('default')
    if (node.type === 'ExportAllDeclaration') exports.add(node.exported ? nameOf(node.exported) : '*')
    if (node.type === 'ExportNamedDeclaration') {
      for (const { exported } of node.specifiers) exports.add(nameOf(exported))
      const { declaration } = node
      if (declaration?.type === 'VariableDeclaration') {
        for (const { id } of declaration.declarations) if (id.type === 'Identifier') exports.add(id.name)
      } else if (declaration) exports.add(declaration.id.name)
    }
    if (!('source' in node) || !node.source) continue
    imports.push({ specifier: String(node.source.value), line: lineOf(node.source.start) })
  }
  return { imports, exports }
}

function nameOf(node: { type: 'Identifier'; name: string } | { type: 'Literal'; value?: unknown }): string {
  return node.type === 'Identifier' ? node.name : String(node.value)
}
