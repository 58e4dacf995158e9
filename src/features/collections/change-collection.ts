import type { App } from '../../app.ts'
import { inTransaction, type Tx } from '../../platform/database.ts'
import { lockStorage, type StorageRow } from '../storage/lock-storage.ts'
import { alignKeys } from './align-keys.ts'
import type { Declared } from './declared.ts'
import { fits, keyedOf, type Keyed } from './keyed.ts'
import type { Place } from './stored-document.ts'

/** What whoever changes a collection holds: nobody else writes until its transaction ends. */
export interface HeldCollection {
  storage: StorageRow
  keyed: Keyed
}

/**
 * Changes documents of a collection in one transaction, which nobody else of the plugin and the organization does meanwhile.
 * Where another version has written it last, its keys are made first.
 */
export async function changeCollection<T>(
  app: App,
  place: Place,
  declared: Declared,
  work: (tx: Tx, held: HeldCollection) => Promise<T>,
): Promise<T> {
  const tried = await attempt(false)
  if (tried !== null) return tried.result
  await alignKeys(app, place, declared)
  return (await attempt(true))!.result

  /** Null where the keys are not those of the version; once aligned, another version's are no hindrance. */
  async function attempt(aligned: boolean): Promise<{ result: T } | null> {
    return await inTransaction(app.database.prisma, async (tx) => {
      const storage = await lockStorage(tx, place)
      const keyed = keyedOf(storage, place.collection)
      if (keyed === null || !(aligned || fits(keyed, declared))) return null
      return { result: await work(tx, { storage, keyed }) }
    })
  }
}
