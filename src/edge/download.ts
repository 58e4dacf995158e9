import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { App } from '../app.ts'
import { archiveFileName } from '../features/packages/archive-address.ts'
import { countDownload } from '../features/packages/count-download.ts'
import { findArchive, type FoundArchive } from '../features/packages/find-archive.ts'
import { RevokedError } from '../features/packages/verify-approved.ts'
import { messageOf } from '../lib/errors.ts'
import { KiB, MiB, seconds } from '../lib/units.ts'
import { BlobError, BlobStoreUnavailable } from '../platform/blobs/blob-store.ts'
import { byteRange } from './byte-range.ts'
import { namesTag, namesTagStrongly } from './entity-tag.ts'
import { holdArchives, type Held, type HeldArchives } from './held-archives.ts'
import { actorOf } from './request-context.ts'
import { HttpError } from './respond.ts'

/** Twenty-five of the largest archives, each for all of its readers. */
const MAX_HELD_BYTES = 512 * MiB
/** Handed to the connection at once; what the reader has not taken waits as a view of the same memory. */
const CHUNK_BYTES = 256 * KiB
/** A reader that takes nothing for this long is gone, or holds memory on purpose. */
const STALLED_MS = seconds(60)
/** So does one that takes less than this in a second, after a first minute. */
const MIN_BYTES_PER_SECOND = 16 * KiB

const CONTENT_TYPES = { ZIP: 'application/zip', MPK: 'application/gzip' } as const

const heldOf = new WeakMap<App, HeldArchives>()

/** The archives that this process is sending. */
export function archivesBeingSent(app: App): HeldArchives {
  const held = heldOf.get(app) ?? holdArchives(MAX_HELD_BYTES)
  heldOf.set(app, held)
  return held
}

/**
 * Answers `/packages/<uuid>/<file name>` with the verified archive: ranges and conditions as of RFC 9110, digests as of
 * RFC 9530. What is answered with bytes (200, 206) counts as one download.
 */
export async function serveDownload(
  app: App,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<void> {
  const { method, headers } = request
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD')
    throw new HttpError(405, 'BAD_USER_INPUT', 'An archive is downloaded by GET.')
  }
  response.setHeader('vary', 'authorization')
  const archive = await archiveAt(app, headers.authorization, path)
  const tag = `"${archive.checksum}"`
  const description = {
    etag: tag,
    'cache-control': 'private, max-age=31536000, immutable',
  }
  if (headers['if-match'] !== undefined && !namesTagStrongly(headers['if-match'], tag)) {
    throw new HttpError(412, 'BAD_USER_INPUT', `The archive is not what \`If-Match\` names, but ${tag}.`)
  }
  if (namesTag(headers['if-none-match'], tag)) {
    response.writeHead(304, description).end()
    return
  }
  const whole = { ...description, ...headersOf(archive) }
  if (method === 'HEAD') {
    response.writeHead(200, { ...whole, 'content-length': archive.size }).end()
    return
  }
  const wanted = headers['if-range'] === undefined || headers['if-range'].trim() === tag ? headers.range : undefined
  const range = byteRange(wanted, archive.size)
  if (range === 'unsatisfiable') {
    response.setHeader('content-range', `bytes */${archive.size}`)
    throw new HttpError(416, 'BAD_USER_INPUT', `The archive has ${archive.size} bytes; none of them are in that range.`)
  }
  const held = await readVerified(app, archive)
  try {
    // Who left while the store was asked has downloaded nothing.
    if (response.destroyed) return
    await countDownload(app, archive.packageId)
    const part = range === 'whole' ? held.bytes : held.bytes.subarray(range.first, range.last + 1)
    response.writeHead(range === 'whole' ? 200 : 206, {
      ...whole,
      'content-length': part.byteLength,
      'content-digest': `sha-256=:${range === 'whole' ? base64Of(archive) : sha256Of(part)}:`,
      ...(range === 'whole' ? {} : { 'content-range': `bytes ${range.first}-${range.last}/${archive.size}` }),
    })
    await send(part, response)
  } finally {
    held.release()
  }
}

async function archiveAt(app: App, authorization: string | undefined, path: string): Promise<FoundArchive> {
  const actor = await actorOf(app, authorization)
  const [, id, file] = /^\/packages\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/([^/]+)$/.exec(path) ?? []
  try {
    return await findArchive(app, actor, id ?? null, decoded(file ?? ''))
  } catch (error) {
    if (error instanceof RevokedError) throw new HttpError(410, 'REVOKED', error.message)
    throw error
  }
}

/** Clients may encode what needs no encoding, such as the plus of a version. */
function decoded(file: string): string {
  try {
    return decodeURIComponent(file)
  } catch {
    // A broken encoding names no file.
    return ''
  }
}

function headersOf(archive: FoundArchive): Record<string, string> {
  return {
    'content-type': CONTENT_TYPES[archive.format],
    'content-disposition': `attachment; filename="${archiveFileName(archive)}"`,
    'accept-ranges': 'bytes',
    'repr-digest': `sha-256=:${base64Of(archive)}:`,
    'x-checksum-sha256': archive.checksum,
  }
}

function base64Of({ checksum }: FoundArchive): string {
  return Buffer.from(checksum, 'hex').toString('base64')
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64')
}

async function readVerified(app: App, { checksum, size, storage, packageId }: FoundArchive): Promise<Held> {
  try {
    return await archivesBeingSent(app).take(checksum, size, () => app.blobs.at(storage).get(checksum))
  } catch (error) {
    if (error instanceof BlobError) {
      app.log.error({ packageId, storage, reason: error.message }, 'a stored archive is not what was submitted')
      const message =
        'The stored archive is missing or is not what was submitted, so nothing of it is sent. Tell the operators; their log says more.'
      throw new HttpError(500, 'INTERNAL_SERVER_ERROR', message)
    }
    if (error instanceof BlobStoreUnavailable) {
      app.log.warn({ storage, reason: messageOf(error) }, 'an archive could not be read')
      throw new HttpError(503, 'UNAVAILABLE', 'The store of the archives does not answer now. Try again later.')
    }
    throw error
  }
}

/** Sends at the reader's pace; one who leaves is no error. */
async function send(part: Uint8Array, response: ServerResponse): Promise<void> {
  const cut = (): void => void response.destroy()
  const tooSlow = setTimeout(cut, STALLED_MS + (part.byteLength / MIN_BYTES_PER_SECOND) * seconds(1))
  response.setTimeout(STALLED_MS, cut)
  try {
    await pipeline(Readable.from(chunksOf(part), { objectMode: true, highWaterMark: 1 }), response)
  } catch (error) {
    if (!response.destroyed) throw error
  } finally {
    clearTimeout(tooSlow)
    // The connection may be kept for other requests, which have no such limit.
    response.setTimeout(0)
  }
}

function* chunksOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES)
}
