import type { App } from '../../app.ts'
import { BlobError } from '../../platform/blobs/blob-store.ts'
import type { Space } from '../storage/lock-storage.ts'
import { reachStore } from './reach-store.ts'

/**
 * The bytes of a plugin's file; null where there is none.
 *
 * @throws {CapabilityError} UNAVAILABLE
 */
export async function readFile(app: App, space: Space, path: string): Promise<Uint8Array | null> {
  return await reachStore(app, space, async () => {
    const digest = await digestOf(app, space, path)
    if (digest === null) return null
    try {
      return await app.blobs.main.get(digest)
    } catch (error) {
      // Who has written the file anew meanwhile has taken away what it was.
      const now = await digestOf(app, space, path)
      if (!(error instanceof BlobError) || now === digest) throw error
      return now === null ? null : await app.blobs.main.get(now)
    }
  })
}

async function digestOf(app: App, space: Space, path: string): Promise<string | null> {
  const where = { organizationId_pluginId_path: { ...space, path } }
  const file = await app.database.prisma.pluginFile.findUnique({ where, select: { digest: true } })
  return file?.digest ?? null
}
