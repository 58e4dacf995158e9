import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { App } from '../app.ts'
import { downloadPackage, type PackageDownload } from '../features/packages/download-package.ts'
import { RevokedError } from '../features/packages/verify-approved.ts'
import { messageOf } from '../lib/errors.ts'
import { KiB, MiB } from '../lib/units.ts'
import { BlobError, BlobStoreUnavailable } from '../platform/blobs/blob-store.ts'
import { digestOfBytes } from '../lib/digest-of-bytes.ts'
import { holdArchives, type Held, type HeldArchives } from './held-archives.ts'
import { readInTime } from './read-in-time.ts'
import { actorOf } from './request-context.ts'
import { HttpError } from './respond.ts'
import { selectBytes } from './select-bytes.ts'

/** Twenty-five of the largest archives, each for all of its readers. */
const MAX_HELD_BYTES = 512 * MiB
/** Handed to the connection at once; what the reader has not taken is a view of the same memory. */
const CHUNK_BYTES = 256 * KiB

const CONTENT_TYPES = { ZIP: 'application/zip', MPK: 'application/gzip' } as const

const heldOf = new WeakMap<App, HeldArchives>()

/** The archives that this process is sending. */
export function archivesBeingSent(app: App): HeldArchives {
  const held = heldOf.get(app) ?? holdArchives(MAX_HELD_BYTES)
  heldOf.set(app, held)
  return held
}

/**
 * Answers `/packages/<uuid>/<file name>` with the verified archive; its digests are told as of RFC 9530. What is answered
 * with bytes of it (200 or 206 of a GET) counts as one download.
 */
export async function serveDownload(
  app: App,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const method = request.method ?? 'GET'
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD')
    throw new HttpError(405, 'BAD_USER_INPUT', 'An archive is downloaded by GET.')
  }
  response.setHeader('vary', 'authorization')
  const download = await downloadAt(app, request.headers.authorization, url.pathname)
  const { checksum, size } = download
  const etag = `"${checksum}"`
  const selected = selectBytes(method, request.headers, { etag, size })
  if (selected.status === 416) {
    response.setHeader('content-range', `bytes */${size}`)
    const message = `The archive has ${size} bytes; none of them are in that range.`
    throw new HttpError(416, 'BAD_USER_INPUT', message)
  }
  const validators = { etag, 'cache-control': 'private, max-age=31536000, immutable' }
  if (selected.status === 304) {
    response.writeHead(304, validators).end()
    return
  }
  const headers = { ...validators, ...headersOf(download), 'content-length': selected.end - selected.start }
  if (method === 'HEAD') {
    response.writeHead(200, headers).end()
    return
  }
  const held = await readVerified(app, download)
  try {
    // Who left while the store was asked has downloaded nothing.
    if (response.destroyed) return
    await download.count()
    const part = held.bytes.subarray(selected.start, selected.end)
    response.writeHead(selected.status, {
      ...headers,
      'content-digest': digestHeader(selected.status === 200 ? checksum : await digestOfBytes(part)),
      ...(selected.status === 206
        ? { 'content-range': `bytes ${selected.start}-${selected.end - 1}/${size}` }
        : {}),
    })
    await send(part, response)
  } finally {
    held.release()
  }
}

async function downloadAt(
  app: App,
  authorization: string | undefined,
  path: string,
): Promise<PackageDownload> {
  const actor = await actorOf(app, authorization)
  const [, packageId = '', file = ''] = /^\/packages\/([^/]+)\/([^/]+)$/.exec(path) ?? []
  try {
    return await downloadPackage(app, actor, { packageId, fileName: decoded(file) })
  } catch (error) {
    if (error instanceof RevokedError) throw new HttpError(410, 'REVOKED', error.message)
    throw error
  }
}

/** Clients may encode what needs it not, such as the plus of a version. */
function decoded(file: string): string {
  try {
    return decodeURIComponent(file)
  } catch {
    // A broken encoding names no file; strangers are told first that they are strangers.
    return ''
  }
}

function headersOf({ checksum, format, fileName }: PackageDownload): Record<string, string> {
  return {
    'content-type': CONTENT_TYPES[format],
    'content-disposition': `attachment; filename="${fileName}"`,
    'accept-ranges': 'bytes',
    'repr-digest': digestHeader(checksum),
    'x-checksum-sha256': checksum,
  }
}

function digestHeader(hex: string): string {
  return `sha-256=:${Buffer.from(hex, 'hex').toString('base64')}:`
}

async function readVerified(app: App, download: PackageDownload): Promise<Held> {
  try {
    return await archivesBeingSent(app).take(download.checksum, download.size, () => download.read())
  } catch (error) {
    const { checksum, fileName } = download
    if (error instanceof BlobError) {
      app.log.error(
        { fileName, checksum, reason: error.message },
        'a stored archive is not what was submitted',
      )
      const message =
        'The stored archive is missing or is not what was submitted, so nothing of it is sent. Tell the operators: their log says more.'
      throw new HttpError(502, 'ARCHIVE_DAMAGED', message)
    }
    if (error instanceof BlobStoreUnavailable) {
      app.log.warn({ fileName, checksum, reason: messageOf(error) }, 'an archive could not be read')
      throw new HttpError(
        503,
        'UNAVAILABLE',
        'The store of the archives does not answer now. Try again later.',
      )
    }
    throw error
  }
}

/** Sends at the reader's pace; one who leaves is no error. */
async function send(part: Uint8Array, response: ServerResponse): Promise<void> {
  const chunks = Readable.from(chunksOf(part), { highWaterMark: 1 })
  try {
    await readInTime(response, part.byteLength, () => pipeline(chunks, response))
  } catch (error) {
    if (!response.destroyed) throw error
  }
}

function* chunksOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES)
}
