import type { JsonObject } from '../../lib/json.ts'
import type { Space } from '../storage/lock-storage.ts'

/** A collection of a plugin for an organization. */
export interface Place extends Space {
  collection: string
}

/** A document as its plugin gets it. */
export interface StoredDocument {
  id: string
  /** 1 at first; it grows with each update. */
  version: number
  createdAt: Date
  updatedAt: Date
  document: JsonObject
}

/** As the database tells it: the document as text. */
export interface DocumentRow extends Omit<StoredDocument, 'document'> {
  text: string
}

export function storedDocument({ id, version, createdAt, updatedAt, text }: DocumentRow): StoredDocument {
  return { id, version, createdAt, updatedAt, document: JSON.parse(text) as JsonObject }
}

/** Ids of documents are UUIDs; whatever else is asked for is as unknown as another's. */
export function isDocumentId(id: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)
}
