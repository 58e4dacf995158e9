import { z } from 'zod'
import type { Tx } from '../../platform/database.ts'
import type { Space, StorageRow } from '../storage/lock-storage.ts'
import type { Declared } from './declared.ts'

/** Which fields of a collection have their keys in the database. */
export interface Keyed {
  fields: string[]
  unique: string[]
  /** Wanted to be unique, but documents of before have the same values. */
  contested: string[]
  /** Every document has the keys of all fields. */
  ready: boolean
}

const KeyedSchema = z.record(
  z.string(),
  z.object({
    fields: z.array(z.string()),
    unique: z.array(z.string()),
    contested: z.array(z.string()),
    ready: z.boolean(),
  }),
)

/** None of a collection that has not been written yet. */
export function keyedOf({ keyed }: Pick<StorageRow, 'keyed'>, collection: string): Keyed | null {
  const all = KeyedSchema.parse(keyed)
  return Object.hasOwn(all, collection) ? all[collection]! : null
}

/** Whether documents can be written and found as a version declares, and are held to nothing else. */
export function fits(keyed: Keyed | null, declared: Declared): boolean {
  if (keyed === null) return false
  const [fields, unique, wanted] = [keyed.fields, keyed.unique, declared.unique].map((it) => new Set(it))
  return (
    keyed.ready &&
    declared.fields.every((field) => fields!.has(field)) &&
    declared.unique.every((field) => unique!.has(field) || keyed.contested.includes(field)) &&
    keyed.unique.every((field) => wanted!.has(field))
  )
}

/** The storage is locked. */
export async function saveKeyed(
  tx: Tx,
  { organizationId, pluginId }: Space,
  { keyed: all }: Pick<StorageRow, 'keyed'>,
  collection: string,
  keyed: Keyed,
): Promise<void> {
  await tx.pluginStorage.update({
    where: { organizationId_pluginId: { organizationId, pluginId } },
    data: { keyed: { ...KeyedSchema.parse(all), [collection]: { ...keyed } } },
    select: { pluginId: true },
  })
}
