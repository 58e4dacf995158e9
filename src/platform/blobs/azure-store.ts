import type { ContainerClient, RestError } from '@azure/storage-blob'
import { newId } from '../../lib/ids.ts'
import { seconds } from '../../lib/units.ts'
import { BlobStoreUnavailable, digestOfBytes, digestOfPath, pathOfDigest, verified, type BlobStore } from './blob-store.ts'

/** For one try of one request; 20 MiB over a slow line fit into it. */
const TRY_MS = seconds(30)
const RETRIES = { maxTries: 3, tryTimeoutInMs: TRY_MS, retryDelayInMs: 200, maxRetryDelayInMs: 1_000 }

/** A container of Azure Blob Storage. One upload of a block blob is whole or not at all. */
export function openAzureStore(
  place: { container: string; prefix: string },
  { connectionString }: { connectionString: string },
): BlobStore {
  let opening: Promise<ContainerClient> | undefined
  // Loaded with the first use: it is large, and few services have their archives there.
  const container = (): Promise<ContainerClient> =>
    (opening ??= import('@azure/storage-blob').then(({ BlobServiceClient }) =>
      BlobServiceClient.fromConnectionString(connectionString, { retryOptions: RETRIES }).getContainerClient(
        place.container,
      ),
    ))
  const blob = async (key: string) => (await container()).getBlockBlobClient(`${place.prefix}${key}`)
  return {
    kind: 'azure',
    location: `azure://${place.container}/${place.prefix}`.replace(/\/$/, ''),
    async put(bytes) {
      const digest = await digestOfBytes(bytes)
      const client = await blob(pathOfDigest(digest))
      await answering('write', async () => {
        if (await client.exists()) return
        // Whoever was faster wrote the same bytes.
        const unlessThere = { conditions: { ifNoneMatch: '*' } }
        await client.upload(Buffer.from(bytes), bytes.byteLength, unlessThere).catch(unlessStatus(409))
      })
      return digest
    },
    async get(digest) {
      const client = await blob(pathOfDigest(digest))
      return await verified(
        digest,
        await answering('read', () => client.downloadToBuffer().catch(unlessStatus(404))),
      )
    },
    async delete(digest) {
      const client = await blob(pathOfDigest(digest))
      await answering('delete', () => client.deleteIfExists())
    },
    async *list() {
      const listed = (await container()).listBlobsFlat({ prefix: place.prefix })[Symbol.asyncIterator]()
      for (;;) {
        const { done, value } = await answering('list', () => listed.next())
        if (done) return
        const digest = digestOfPath(value.name.slice(place.prefix.length))
        const { lastModified, contentLength } = value.properties
        if (digest !== null) yield { digest, modifiedAt: lastModified, size: contentLength ?? 0 }
      }
    },
    removeLeftovers: async () => 0,
    claim: async (owner) => owner,
    async probe() {
      const client = await blob(`.probe-${newId()}`)
      await answering('write', async () => {
        await client.upload('probe', 5)
        await client.deleteIfExists()
      })
    },
  }
}

/** Null for an answer of that status; any other is thrown on. */
function unlessStatus(status: number): (error: unknown) => null {
  return (error) => {
    if ((error as RestError).statusCode === status) return null
    throw error
  }
}

/** As of the S3 store. */
async function answering<T>(what: 'read' | 'write' | 'delete' | 'list', ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    throw new BlobStoreUnavailable('here', `The Azure container does not let us ${what} now.`, String(error))
  }
}
