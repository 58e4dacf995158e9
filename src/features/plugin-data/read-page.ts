import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { requireIn, requireKnown } from '../../auth/authorize.ts'
import { notFound } from '../../lib/errors.ts'
import type { JsonObject } from '../../lib/json.ts'
import { MiB } from '../../lib/units.ts'
import { BlobError } from '../../platform/blobs/blob-store.ts'
import type { Space } from '../storage/lock-storage.ts'
import { readPosition, writePosition, type Position } from './position.ts'

/** Documents, and files, of one page. */
const PAGE = { documents: 100, files: 20 }
/** Of one page, unless its first one is larger. */
const MAX_BYTES = 2 * MiB

/** One page of what a plugin keeps. */
export interface DataPage {
  /** Documents as `{collection, id, version, createdAt, updatedAt, document}`, then files as `{file, size, updatedAt, content}`. */
  items: JsonObject[]
  /** Goes on behind this page; null at the end. */
  endCursor: string | null
}

/**
 * What a plugin keeps for an organization, page by page: its documents by collection and id, then its files by path, their
 * bytes in base64.
 *
 * @throws {RequestError} NOT_FOUND where the organization is none, or none that the actor may manage, or never had the plugin
 */
export async function readPage(
  app: App,
  actor: Actor,
  { organizationId, plugin: slug, after }: { organizationId: string; plugin: string; after: string | null },
): Promise<DataPage> {
  requireKnown(actor)
  requireIn(actor, 'installations:manage', organizationId, 'organization')
  const plugin = await app.database.prisma.plugin.findFirst({
    where: { slug, installations: { some: { organizationId } } },
    select: { id: true },
  })
  if (plugin === null) throw notFound('plugin')
  const space = { organizationId, pluginId: plugin.id }
  const from = readPosition(after)
  if (from.path === null) {
    const documents = await documentsOf(app, space, from)
    if (documents !== null) return documents
  }
  return await filesOf(app, space, from.path ?? '')
}

/** Null where there are no more. */
async function documentsOf(
  app: App,
  { organizationId, pluginId }: Space,
  { collection, id }: Position,
): Promise<DataPage | null> {
  const { collectionDocument } = app.database.prisma
  const behind =
    id === null ? {} : { OR: [{ collection: { gt: collection } }, { collection, id: { gt: id } }] }
  const found = await collectionDocument.findMany({
    where: { organizationId, pluginId, ...behind },
    orderBy: [{ collection: 'asc' }, { id: 'asc' }],
    take: PAGE.documents,
    select: { id: true, size: true },
  })
  const taken = withinBytes(found)
  const last = taken.at(-1)
  if (last === undefined) return null
  const rows = await collectionDocument.findMany({
    where: { organizationId, pluginId, id: { in: taken.map((it) => it.id) } },
    orderBy: [{ collection: 'asc' }, { id: 'asc' }],
    select: { id: true, collection: true, version: true, createdAt: true, updatedAt: true, document: true },
  })
  const end = rows.at(-1)
  // All of them were just deleted.
  if (end === undefined) return { items: [], endCursor: writePosition({ collection, id, path: null }) }
  return {
    items: rows.map(({ collection: name, createdAt, updatedAt, document, ...row }) => ({
      collection: name,
      ...row,
      createdAt: createdAt.toISOString(),
      updatedAt: updatedAt.toISOString(),
      document: document as JsonObject,
    })),
    endCursor: writePosition({ collection: end.collection, id: end.id, path: null }),
  }
}

async function filesOf(app: App, { organizationId, pluginId }: Space, after: string): Promise<DataPage> {
  const found = await app.database.prisma.pluginFile.findMany({
    where: { organizationId, pluginId, path: { gt: after } },
    orderBy: { path: 'asc' },
    take: PAGE.files,
    select: { path: true, digest: true, size: true, updatedAt: true },
  })
  const taken = withinBytes(found)
  const items: JsonObject[] = []
  for (const { path, digest, size, updatedAt } of taken) {
    const bytes = await bytesOf(app, digest)
    if (bytes === null) continue
    const content = Buffer.from(bytes).toString('base64')
    items.push({ file: path, size, updatedAt: updatedAt.toISOString(), content })
  }
  const isEnd = taken.length === found.length && found.length < PAGE.files
  const last = taken.at(-1)
  const endCursor =
    isEnd || last === undefined ? null : writePosition({ collection: '', id: null, path: last.path })
  return { items, endCursor }
}

/** Null for a file that its plugin has just written anew or deleted. */
async function bytesOf(app: App, digest: string): Promise<Uint8Array | null> {
  try {
    return await app.blobs.main.get(digest)
  } catch (error) {
    if (error instanceof BlobError) return null
    throw error
  }
}

/** The first of them, as many as a page may hold. */
function withinBytes<T extends { size: number }>(found: readonly T[]): T[] {
  let bytes = 0
  return found.filter(({ size }, index) => {
    bytes += size
    return index === 0 || bytes <= MAX_BYTES
  })
}
