import type { App } from '../../app.ts'
import { newId } from '../../lib/ids.ts'
import { days } from '../../lib/units.ts'
import { BlobStoreUnavailable, type BlobStore } from '../../platform/blobs/blob-store.ts'
import { MAIN_STORE } from '../../platform/blobs/stores.ts'
import { inTransaction, type Tx } from '../../platform/database.ts'

/** An upload has its package within minutes; a day leaves room for clocks that differ and stores that lag. */
const GRACE_MS = days(1)
/** Blobs whose references are looked up at once. */
const BATCH = 500

/**
 * Takes out of every store what no package or plugin's file refers to and what is older than a day: what uploads that were broken off
 * have left. Several may do it at once. A store that does not answer, or that belongs to another Patchbay, is left
 * alone. Ends early where the signal says so. Returns how many blobs went.
 */
export async function collectBlobs(app: App, signal?: AbortSignal): Promise<number> {
  const owner = await ownerName(app)
  let collected = 0
  for (const storage of await storesInUse(app)) {
    try {
      const store = app.blobs.at(storage)
      if (await isOurs(app, store, owner)) collected += await collectFrom(app, storage, store, signal)
    } catch (error) {
      if (!(error instanceof BlobStoreUnavailable)) throw error
      app.log.warn({ reason: error.message }, 'a store of archives was not collected from')
    }
  }
  if (collected > 0) app.log.info({ collected }, 'archives that no package refers to were removed')
  return collected
}

/** Takes bytes out of a store, unless a package or a plugin's file has, or is about to have, the very same ones. */
export async function dropUnreferenced(app: App, storage: string, digest: string): Promise<boolean> {
  return await inTransaction(app.database.prisma, async (tx) => {
    await tx.$queryRaw`select 1 as held from pg_advisory_xact_lock(hashtextextended(${digest}, 0))`
    if ((await referredOf(tx, app, storage, [digest])).has(digest)) return false
    await app.blobs.at(storage).delete(digest)
    return true
  })
}

/** Until this transaction ends, nobody takes these bytes out of a store for want of a row that names them. */
export async function holdBlob(tx: Tx, digest: string): Promise<void> {
  await tx.$queryRaw`select 1 as held from pg_advisory_xact_lock_shared(hashtextextended(${digest}, 0))`
}

/** Which of the digests something refers to: packages in any store, files of plugins in the platform's own. */
async function referredOf(
  tx: Tx,
  app: App,
  storage: string,
  digests: readonly string[],
): Promise<Set<string>> {
  const names = namesOf(app, storage)
  const packages = await tx.package.findMany({
    where: { storage: { in: names }, checksum: { in: [...digests] } },
    select: { checksum: true },
  })
  const files = names.includes(MAIN_STORE)
    ? await tx.pluginFile.findMany({
        where: { digest: { in: [...digests] } },
        distinct: ['digest'],
        select: { digest: true },
      })
    : []
  return new Set([...packages.map(({ checksum }) => checksum), ...files.map(({ digest }) => digest)])
}

/** The name of this database as the owner of stores; the processes on it agree by the row. */
async function ownerName(app: App): Promise<string> {
  const { serviceSetting } = app.database.prisma
  const name = 'storeOwner'
  await serviceSetting.createMany({ data: [{ name, value: newId() }], skipDuplicates: true })
  const { value } = await serviceSetting.findUniqueOrThrow({ where: { name } })
  if (typeof value !== 'string') throw new Error(`The service setting ${name} is no text.`)
  return value
}

/** What another database refers to looks unreferenced from here: whoever shares a store by mistake deletes nothing. */
async function isOurs(app: App, store: BlobStore, owner: string): Promise<boolean> {
  if ((await store.claim(owner)) === owner) return true
  app.log.error(
    { location: store.location },
    'this store of archives belongs to the Patchbay of another database: nothing is collected from it; give each its own',
  )
  return false
}

async function storesInUse(app: App): Promise<string[]> {
  const { prisma } = app.database
  const [packages, registries] = await Promise.all([
    prisma.package.findMany({ distinct: ['storage'], select: { storage: true } }),
    prisma.registry.findMany({ distinct: ['storage'], select: { storage: true } }),
  ])
  const named = [...packages, ...registries].map(({ storage }) => storage)
  return [...new Set([MAIN_STORE, ...named])].filter((storage) => storage !== app.blobs.main.location)
}

/** By what packages name a store: the platform's may have been a registry's own before. */
function namesOf(app: App, storage: string): string[] {
  const { location } = app.blobs.main
  return storage === MAIN_STORE || storage === location ? [MAIN_STORE, location] : [storage]
}

async function collectFrom(
  app: App,
  storage: string,
  store: BlobStore,
  signal: AbortSignal | undefined,
): Promise<number> {
  const before = new Date(app.clock.now().getTime() - GRACE_MS)
  await store.removeLeftovers(before)
  let collected = 0
  let batch: string[] = []
  for await (const { digest, modifiedAt } of store.list()) {
    if (signal?.aborted === true) return collected
    if (modifiedAt >= before) continue
    batch.push(digest)
    if (batch.length < BATCH) continue
    collected += await collectBatch(app, storage, batch, signal)
    batch = []
  }
  return collected + (await collectBatch(app, storage, batch, signal))
}

async function collectBatch(
  app: App,
  storage: string,
  digests: readonly string[],
  signal: AbortSignal | undefined,
): Promise<number> {
  if (digests.length === 0) return 0
  const kept = await referredOf(app.database.prisma, app, storage, digests)
  let dropped = 0
  for (const digest of digests) {
    if (signal?.aborted === true) break
    if (!kept.has(digest) && (await dropUnreferenced(app, storage, digest))) dropped++
  }
  return dropped
}
