import type { App } from '../../app.ts'
import { readArchive } from '../../archive/read-archive.ts'
import type { PluginCode } from '../../runtime/runtime.ts'
import type { Target } from './target.ts'

/** Archives whose modules are kept as text in each process; isolates have their own copies. */
const MAX_KEPT = 16
const MODULE = /\.(js|mjs|json)$/

const kept = new WeakMap<App, Map<string, Promise<PluginCode>>>()

/** The modules of an installation's package, from bytes whose digest was verified by the blob store. */
export function loadPluginCode(app: App, target: Target): Promise<PluginCode> {
  const cache = kept.get(app) ?? new Map<string, Promise<PluginCode>>()
  kept.set(app, cache)
  const known = cache.get(target.checksum)
  if (known !== undefined) return known
  const loading = unpack(app, target)
  cache.set(target.checksum, loading)
  loading.catch(() => cache.delete(target.checksum))
  if (cache.size > MAX_KEPT) cache.delete(cache.keys().next().value!)
  return loading
}

async function unpack(app: App, target: Target): Promise<PluginCode> {
  const bytes = await app.blobs.get(target.checksum)
  const { archive } = await readArchive(bytes, app.config.archiveLimits)
  if (archive === null) throw new Error(`The stored archive ${target.checksum} is no longer accepted.`)
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const modules = new Map<string, string>()
  for (const [path, content] of archive.entries) {
    if (MODULE.test(path)) modules.set(path, decoder.decode(content))
  }
  if (target.manifest.entry === null) throw new Error(`${target.slug} has no code.`)
  return { digest: target.checksum, entry: target.manifest.entry, modules }
}
