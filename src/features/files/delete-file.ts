import type { App } from '../../app.ts'
import { MAIN_STORE } from '../../platform/blobs/stores.ts'
import { inTransaction } from '../../platform/database.ts'
import { dropUnreferenced } from '../packages/collect-blobs.ts'
import { lockStorage, type Space } from '../storage/lock-storage.ts'
import { reachStore } from './reach-store.ts'

/** Removes a file of a plugin. Returns whether there was one. */
export async function deleteFile(app: App, space: Space, path: string): Promise<boolean> {
  return await reachStore(app, space, async () => {
    const digest = await inTransaction(app.database.prisma, async (tx) => {
      await lockStorage(tx, space)
      const where = { organizationId_pluginId_path: { ...space, path } }
      const file = await tx.pluginFile.findUnique({ where, select: { id: true, digest: true, size: true } })
      if (file === null) return null
      await tx.pluginFile.delete({ where: { id: file.id }, select: { id: true } })
      await tx.pluginStorage.update({
        where: { organizationId_pluginId: space },
        data: { files: { decrement: 1 }, fileBytes: { decrement: file.size } },
        select: { files: true },
      })
      return file.digest
    })
    if (digest === null) return false
    await dropUnreferenced(app, MAIN_STORE, digest)
    return true
  })
}
