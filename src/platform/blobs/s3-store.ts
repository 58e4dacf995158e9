import { S3mini } from 's3mini'
import { Agent, fetch as undiciFetch, interceptors } from 'undici'
import { newId } from '../../lib/ids.ts'
import { seconds } from '../../lib/units.ts'
import { BlobStoreUnavailable, digestOfBytes, digestOfPath, pathOfDigest, verified, type BlobStore } from './blob-store.ts'

export interface S3Credentials {
  /** `https://s3.eu-central-1.amazonaws.com`, `http://minio:9000`; without the bucket. */
  endpoint: string
  region: string
  accessKeyId: string
  secretAccessKey: string
}

/** For one request; 20 MiB over a slow line fit into it. */
const REQUEST_MS = seconds(60)
const CONNECT_MS = seconds(5)
/** Reads are tried again, for a moment; whole uploads by whoever uploads. */
const RETRIES = { maxRetries: 2, minTimeout: 100, maxTimeout: 1_000, methods: ['GET', 'HEAD'] as const }
const PAGE = 1_000

/** A bucket of AWS, MinIO or whatever speaks S3, addressed by path. One PUT is whole or not at all. */
export function openS3Store(
  place: { bucket: string; prefix: string },
  { endpoint, region, accessKeyId, secretAccessKey }: S3Credentials,
): BlobStore {
  const dispatcher = new Agent({ connect: { timeout: CONNECT_MS } }).compose(
    interceptors.retry({ ...RETRIES, methods: [...RETRIES.methods] }),
  )
  const client = new S3mini({
    endpoint: `${endpoint.replace(/\/$/, '')}/${place.bucket}`,
    region,
    accessKeyId,
    secretAccessKey,
    requestAbortTimeout: REQUEST_MS,
    // The same function with other types: undici's own, since Node's refuses a dispatcher of another version.
    fetch: ((input: string, init: object) =>
      undiciFetch(input, { ...init, dispatcher })) as unknown as typeof fetch,
  })
  const pathOf = (digest: string): string => `${place.prefix}${pathOfDigest(digest)}`
  return {
    kind: 's3',
    location: `s3://${place.bucket}/${place.prefix}`.replace(/\/$/, ''),
    async put(bytes) {
      const digest = await digestOfBytes(bytes)
      await answering('write', async () => {
        if ((await client.objectExists(pathOf(digest))) === true) return
        await client.putObject(pathOf(digest), Buffer.from(bytes), 'application/octet-stream')
      })
      return digest
    },
    async get(digest) {
      const bytes = await answering('read', () => client.getObjectArrayBuffer(pathOf(digest)))
      return await verified(digest, bytes === null ? null : new Uint8Array(bytes))
    },
    async delete(digest) {
      await answering('delete', () => client.deleteObject(pathOf(digest)))
    },
    async *list() {
      let token: string | undefined
      do {
        const page = await answering('list', () => client.listObjectsPaged('/', place.prefix, PAGE, token))
        for (const { Key, LastModified, Size } of page?.objects ?? []) {
          const digest = Key.startsWith(place.prefix) ? digestOfPath(Key.slice(place.prefix.length)) : null
          if (digest !== null) yield { digest, modifiedAt: new Date(LastModified), size: Number(Size) }
        }
        token = page?.nextContinuationToken
      } while (token)
    },
    removeLeftovers: async () => 0,
    claim: async (owner) => owner,
    async probe() {
      const key = `${place.prefix}.probe-${newId()}`
      await answering('write', async () => {
        await client.putObject(key, Buffer.from('probe'), 'application/octet-stream')
        await client.deleteObject(key)
      })
    },
  }
}

/** What the store says is for the operator's log, as the cause; who asked learns that it does not work now. */
async function answering<T>(what: 'read' | 'write' | 'delete' | 'list', ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    throw new BlobStoreUnavailable('here', `The S3 bucket does not let us ${what} now.`, String(error))
  }
}
