import type { PluginCode } from '../../runtime/plugin-call.ts'
import { findSourceMaps } from './find-source-maps.ts'

const MODULE = /\.(js|mjs|json)$/

/** What the sandbox is given of an archive's files: modules as text, and their source maps. */
export function codeOf(
  entries: ReadonlyMap<string, Uint8Array>,
  { digest, entry }: Pick<PluginCode, 'digest' | 'entry'>,
): PluginCode {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const modules = new Map<string, string>()
  for (const [path, content] of entries) {
    if (MODULE.test(path)) modules.set(path, decoder.decode(content))
  }
  return { digest, entry, modules, sourceMaps: findSourceMaps(modules, entries) }
}
