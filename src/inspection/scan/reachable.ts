import { posix } from 'node:path'
import type { Program } from 'acorn'
import type { Manifest } from '../../archive/manifest.ts'

/** A specifier that a module imports by a text, with its offset. */
export interface Import {
  specifier: string
  start: number
}

/** What a module imports without conditions: `import … from`, `export … from`. */
export function staticImports(program: Program): Import[] {
  return program.body.flatMap((statement) => {
    const hasSource =
      statement.type === 'ImportDeclaration' ||
      statement.type === 'ExportAllDeclaration' ||
      statement.type === 'ExportNamedDeclaration'
    if (!hasSource || !statement.source) return []
    return [{ specifier: String(statement.source.value), start: statement.source.start }]
  })
}

/** The path that a relative specifier means; null for all others, and for those that lead out of the archive. */
export function resolveImport(importer: string, specifier: string): string | null {
  if (!/^\.\.?\//.test(specifier)) return null
  const path = posix.join(posix.dirname(importer), specifier)
  return path.startsWith('../') ? null : path
}

/**
 * The modules that the plugin can come to run: those that the manifest or a webhook file names, and what they import.
 * Without a manifest all of them.
 */
export function reachableModules(
  manifest: Manifest | null,
  texts: ReadonlyMap<string, string>,
  imports: ReadonlyMap<string, readonly Import[]>,
): ReadonlySet<string> {
  if (manifest === null) return new Set(texts.keys())
  const named = [manifest.entry, ...manifest.migrations.map(({ entry }) => entry)].filter(
    (path) => path !== null,
  )
  const inWebhooks = manifest.webhooks.flatMap((path) =>
    [...(texts.get(path) ?? '').matchAll(/[\w@./-]+\.m?js\b/g)].map(([match]) => posix.normalize(match)),
  )
  const reached = new Set<string>()
  const waiting = [...named, ...inWebhooks]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue
    reached.add(path)
    for (const { specifier } of imports.get(path) ?? []) {
      const target = resolveImport(path, specifier)
      if (target !== null) waiting.push(target)
    }
  }
  return reached
}
