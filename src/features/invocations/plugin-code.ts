import type { App } from '../../app.ts'
import { readArchive } from '../../archive/read-archive.ts'
import type { PluginCode } from '../../runtime/plugin-call.ts'
import { verifyApproved } from '../packages/verify-approved.ts'
import { codeOf } from './code-of.ts'
import type { Target } from './target.ts'

/** Archives whose modules are kept as text in each process; isolates have their own copies. */
const MAX_KEPT = 16

const kept = new WeakMap<App, Map<string, PluginCode>>()

/**
 * The modules of an installation's package, for an isolate that is about to be opened. Each time the store's bytes are
 * held against the digest, and the package against what the registry signed; only the unpacking is remembered.
 *
 * @throws {BlobError} where the bytes are missing or not those of the digest
 * @throws {IntegrityError} where the package is not what was approved
 * @throws {RevokedError} where it was revoked
 */
export async function loadPluginCode(app: App, target: Target): Promise<PluginCode> {
  const [bytes] = await Promise.all([
    app.blobs.at(target.storage).get(target.checksum),
    verifyApproved(app, target.packageId),
  ])
  const cache = kept.get(app) ?? new Map<string, PluginCode>()
  kept.set(app, cache)
  const known = cache.get(target.checksum)
  if (known !== undefined) return known
  const code = await unpack(app, target, bytes)
  cache.set(target.checksum, code)
  if (cache.size > MAX_KEPT) cache.delete(cache.keys().next().value!)
  return code
}

/** Lets go of the text of a package that may not run any more. */
export function forgetPluginCode(app: App, digest: string): void {
  kept.get(app)?.delete(digest)
}

async function unpack(app: App, target: Target, bytes: Uint8Array): Promise<PluginCode> {
  const { archive } = await readArchive(bytes, app.config.archiveLimits)
  if (archive === null) throw new Error(`The stored archive ${target.checksum} is no longer accepted.`)
  // Without an entry there may still be transforms.
  return codeOf(archive.entries, { digest: target.checksum, entry: target.manifest.entry ?? '' })
}
