import type { App } from '../../app.ts'
import { newId } from '../../lib/ids.ts'
import { MiB } from '../../lib/units.ts'
import { digestOfBytes } from '../../lib/digest-of-bytes.ts'
import { MAIN_STORE } from '../../platform/blobs/stores.ts'
import { inTransaction, type Tx } from '../../platform/database.ts'
import { CapabilityError } from '../../runtime/capability-error.ts'
import { dropUnreferenced, holdBlob } from '../packages/collect-blobs.ts'
import { lockStorage, type Space, type StorageRow } from '../storage/lock-storage.ts'
import { reachStore } from './reach-store.ts'

/** Files of one plugin for one organization; more of them want to be documents. */
const MAX_FILES = 10_000

/**
 * Writes a whole file of a plugin: its bytes by their digest, then its row, and afterwards nothing is left of what was there.
 *
 * @throws {CapabilityError} QUOTA_EXCEEDED: nothing was changed; UNAVAILABLE
 */
export async function writeFile(
  app: App,
  space: Space,
  { path, bytes }: { path: string; bytes: Uint8Array },
): Promise<void> {
  const digest = await digestOfBytes(bytes)
  await reachStore(app, space, async () => {
    let unused: string | null = null
    try {
      unused = await inTransaction(app.database.prisma, async (tx) => {
        await holdBlob(tx, digest)
        await app.blobs.main.put(bytes)
        unused = digest
        const storage = await lockStorage(tx, space)
        return await replace(tx, app, space, storage, { path, digest, size: bytes.byteLength })
      })
    } finally {
      // Whoever writes the same file all day would fill the store before it is collected from.
      if (unused !== null) await dropUnreferenced(app, MAIN_STORE, unused)
    }
  })
}

interface NewFile {
  path: string
  digest: string
  size: number
}

/** Returns the digest that the path had. */
async function replace(
  tx: Tx,
  app: App,
  space: Space,
  storage: StorageRow,
  { path, digest, size }: NewFile,
): Promise<string | null> {
  const where = { organizationId_pluginId_path: { ...space, path } }
  const old = await tx.pluginFile.findUnique({ where, select: { digest: true, size: true } })
  const files = storage.files + (old === null ? 1 : 0)
  const fileBytes = storage.fileBytes + size - (old?.size ?? 0)
  checkQuota(app, { files, fileBytes, grows: size > (old?.size ?? -1) })
  const updatedAt = app.clock.now()
  await tx.pluginFile.upsert({
    where,
    create: { id: newId(), ...space, path, digest, size, updatedAt },
    update: { digest, size, updatedAt },
    select: { id: true },
  })
  await tx.pluginStorage.update({
    where: { organizationId_pluginId: space },
    data: { files, fileBytes },
    select: { files: true },
  })
  return old === null || old.digest === digest ? null : old.digest
}

/** Where the quota was lowered, what is there may still become less. */
function checkQuota(
  { config }: App,
  { files, fileBytes, grows }: { files: number; fileBytes: number; grows: boolean },
): void {
  if (!grows) return
  const { filesBytes } = config.plugins
  if (files > MAX_FILES)
    throw new CapabilityError('QUOTA_EXCEEDED', `A plugin keeps at most ${MAX_FILES} files.`)
  if (fileBytes > filesBytes) {
    const message = `The files of the plugin would be larger than its ${filesBytes / MiB} MiB.`
    throw new CapabilityError('QUOTA_EXCEEDED', message)
  }
}
