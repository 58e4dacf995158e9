import { buffer } from 'node:stream/consumers'
import type { BlockBlobClient, ContainerClient } from '@azure/storage-blob'
import { spellStoreLocation } from '../../lib/store-location.ts'
import { seconds } from '../../lib/units.ts'
import { BlobStoreUnavailable, digestOfPath, pathOfDigest, verified, type BlobStore } from './blob-store.ts'
import { digestOfBytes } from '../../lib/digest-of-bytes.ts'
import { failureOf, OWNER_KEY, PROBE_KEY } from './remote.ts'

/** For a request that carries bytes, with its retries; 20 MiB over a slow line fit into it. */
const REQUEST_MS = seconds(60)
/** For any other: it ends before the transaction that waits for it. */
const SHORT_REQUEST_MS = seconds(15)
const RETRIES = { maxTries: 3, retryDelayInMs: 100, maxRetryDelayInMs: 500 }
/** Keys that are listed at once. */
const PAGE_SIZE = 1_000

/** A container of Azure Blob Storage. One upload of a block blob is whole or not at all. */
export function openAzureStore(
  { container, prefix, pageSize = PAGE_SIZE }: { container: string; prefix: string; pageSize?: number },
  { connectionString }: { connectionString: string },
): BlobStore {
  const location = spellStoreLocation({ kind: 'azure', container, prefix })
  let opening: Promise<ContainerClient> | undefined
  // Loaded with the first use: it is large, and few services have their archives there.
  const open = (): Promise<ContainerClient> =>
    (opening ??= import('@azure/storage-blob').then(({ BlobServiceClient }) =>
      BlobServiceClient.fromConnectionString(connectionString, { retryOptions: RETRIES }).getContainerClient(
        container,
      ),
    ))
  const blob = async (key: string): Promise<BlockBlobClient> =>
    (await open()).getBlockBlobClient(prefix + key)
  const asking = <T>(ask: (abortSignal: AbortSignal) => Promise<T>, timeoutMs = REQUEST_MS): Promise<T> =>
    answered(location, timeoutMs, ask)

  /** Whoever was faster wrote the same bytes, where `unlessThere`. */
  const upload = async (key: string, bytes: Uint8Array, unlessThere: boolean): Promise<void> => {
    const client = await blob(key)
    await asking(async (abortSignal) => {
      const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      const conditions = unlessThere ? { ifNoneMatch: '*' } : {}
      try {
        await client.upload(body, body.byteLength, { abortSignal, conditions })
      } catch (error) {
        if (codeOf(error) !== 'BlobAlreadyExists') throw error
      }
    })
  }
  const download = async (key: string): Promise<Uint8Array | null> => {
    const client = await blob(key)
    return await asking(async (abortSignal) => {
      const answer = await unlessMissing(client.download(0, undefined, { abortSignal }))
      return answer === null ? null : await buffer(answer.readableStreamBody!)
    })
  }

  return {
    kind: 'azure',
    location,
    async put(bytes) {
      const digest = await digestOfBytes(bytes)
      const key = pathOfDigest(digest)
      const client = await blob(key)
      const found = await asking(
        (abortSignal) => unlessMissing(client.getProperties({ abortSignal })),
        SHORT_REQUEST_MS,
      )
      if (found?.contentLength !== bytes.byteLength) await upload(key, bytes, found === null)
      return digest
    },
    async get(digest) {
      return await verified(digest, await download(pathOfDigest(digest)))
    },
    async delete(digest) {
      const client = await blob(pathOfDigest(digest))
      await asking((abortSignal) => client.deleteIfExists({ abortSignal }), SHORT_REQUEST_MS)
    },
    async *list() {
      const client = await open()
      let token: string | undefined
      do {
        const from = token === undefined ? {} : { continuationToken: token }
        const page = await asking(async (abortSignal) => {
          const pages = client
            .listBlobsFlat({ prefix, abortSignal })
            .byPage({ maxPageSize: pageSize, ...from })
          const first = await pages.next()
          return first.done === true ? null : first.value
        })
        for (const { name, properties } of page?.segment.blobItems ?? []) {
          const digest = digestOfPath(name.slice(prefix.length))
          const { lastModified, contentLength } = properties
          if (digest !== null) yield { digest, modifiedAt: lastModified, size: contentLength ?? 0 }
        }
        token = page?.continuationToken
      } while (token)
    },
    async probe() {
      await upload(PROBE_KEY, Buffer.from('probe'), false)
      const client = await blob(PROBE_KEY)
      await asking((abortSignal) => client.deleteIfExists({ abortSignal }), SHORT_REQUEST_MS)
    },
    // A broken-off upload leaves nothing.
    removeLeftovers: () => Promise.resolve(0),
    async claim(owner) {
      const there = await download(OWNER_KEY)
      if (there === null) await upload(OWNER_KEY, Buffer.from(owner), true)
      return Buffer.from(there ?? (await download(OWNER_KEY)) ?? []).toString()
    },
    close: () => Promise.resolve(),
  }
}

/** The client tries again by itself. */
async function answered<T>(
  location: string,
  timeoutMs: number,
  ask: (abortSignal: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    return await ask(AbortSignal.timeout(timeoutMs))
  } catch (error) {
    const failure = failureOf(error, statusOf(error), codeOf(error))
    if (failure === null) throw error
    throw new BlobStoreUnavailable(location, failure.what, REMEDIES[failure.kind])
  }
}

const REMEDIES = {
  refused:
    'See that PATCHBAY_AZURE_CONNECTION_STRING is right, and that it may read, write, list and delete there.',
  missing: 'Make the container, or correct its name.',
  silent: 'See that the account of PATCHBAY_AZURE_CONNECTION_STRING is right and can be reached.',
}

/** Null where the blob is not there; a container that is not there is another matter. */
async function unlessMissing<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked
  } catch (error) {
    if (statusOf(error) === 404 && codeOf(error) !== 'ContainerNotFound') return null
    throw error
  }
}

function statusOf(error: unknown): number | null {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : null
  return typeof status === 'number' ? status : null
}

function codeOf(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return typeof code === 'string' && /^[A-Za-z_]{1,60}$/.test(code) ? code : null
}
