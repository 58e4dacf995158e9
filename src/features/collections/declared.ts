import type { Manifest } from '../../archive/manifest.ts'
import type { JsonObject } from '../../lib/json.ts'
import { CapabilityError } from '../../runtime/capability-error.ts'

/** A collection as a version of its plugin declares it. */
export interface Declared {
  schema: JsonObject
  /** Properties by which documents are found. */
  fields: string[]
  /** Those of them of which no two documents have the same value. */
  unique: string[]
}

/** What a version declares, by the collection's name. */
export function declaredBy(manifest: Manifest): Map<string, Declared> {
  return new Map(
    Object.entries(manifest.collections).map(([name, { schema, indexes, unique }]) => [
      name,
      { schema, fields: [...new Set([...indexes, ...unique])], unique },
    ]),
  )
}

/** @throws {CapabilityError} UNKNOWN_COLLECTION */
export function declaredCollection(manifest: Manifest, name: string): Declared {
  const declared = declaredBy(manifest).get(name)
  if (declared !== undefined) return declared
  throw new CapabilityError(
    'UNKNOWN_COLLECTION',
    `The manifest declares no collection "${name.slice(0, 64)}".`,
  )
}
