import type { App } from '../../app.ts'
import { days } from '../../lib/units.ts'
import { inTransaction } from '../../platform/database.ts'
import { MAIN_STORE } from '../../platform/blobs/stores.ts'

/** An upload has its package within minutes; a day leaves room for clocks that differ and stores that lag. */
const GRACE_MS = days(1)
/** Blobs whose references are looked up at once. */
const BATCH = 500

/**
 * Takes out of every store what no package refers to and what is older than a day: uploads that were broken off, and
 * bytes of a store that was emptied of packages. Several may do it at once. Returns how many blobs went.
 */
export async function collectBlobs(app: App): Promise<number> {
  let collected = 0
  for (const storage of await storesInUse(app)) {
    const before = app.clock.now().getTime() - GRACE_MS
    let batch: string[] = []
    for await (const { digest, modifiedAt } of app.blobs.at(storage).list()) {
      if (modifiedAt.getTime() > before) continue
      batch.push(digest)
      if (batch.length < BATCH) continue
      collected += await collectBatch(app, storage, batch)
      batch = []
    }
    collected += await collectBatch(app, storage, batch)
  }
  if (collected > 0) app.log.info({ collected }, 'archives that no package refers to were removed')
  return collected
}

async function storesInUse(app: App): Promise<string[]> {
  const { prisma } = app.database
  const [packages, registries] = await Promise.all([
    prisma.package.findMany({ distinct: ['storage'], select: { storage: true } }),
    prisma.registry.findMany({ distinct: ['storage'], select: { storage: true } }),
  ])
  const named = [...packages, ...registries].map(({ storage }) => storage)
  // One whose credentials were taken away is left alone.
  return [...new Set([MAIN_STORE, ...named])].filter(
    (storage) => storage === MAIN_STORE || app.blobs.whyNot(storage) === null,
  )
}

async function collectBatch(app: App, storage: string, digests: readonly string[]): Promise<number> {
  if (digests.length === 0) return 0
  const referred = await app.database.prisma.package.findMany({
    where: { storage, checksum: { in: [...digests] } },
    select: { checksum: true },
  })
  const kept = new Set(referred.map(({ checksum }) => checksum))
  let dropped = 0
  for (const digest of digests) {
    if (!kept.has(digest) && (await dropUnreferenced(app, storage, digest))) dropped++
  }
  return dropped
}

/** Takes bytes out of a store, unless a package has, or is about to have, the very same ones. */
export async function dropUnreferenced(app: App, storage: string, digest: string): Promise<boolean> {
  return await inTransaction(app.database.prisma, async (tx) => {
    await tx.$queryRaw`select 1 as held from pg_advisory_xact_lock(hashtextextended(${digest}, 0))`
    if ((await tx.package.count({ where: { checksum: digest, storage } })) > 0) return false
    await app.blobs.at(storage).delete(digest)
    return true
  })
}
