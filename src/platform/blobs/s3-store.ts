import { setTimeout as sleep } from 'node:timers/promises'
import { S3mini, S3ServiceError } from 's3mini'
import { Agent, fetch as undiciFetch } from 'undici'
import { spellStoreLocation } from '../../lib/store-location.ts'
import { seconds } from '../../lib/units.ts'
import { BlobStoreUnavailable, digestOfPath, pathOfDigest, verified, type BlobStore } from './blob-store.ts'
import { digestOfBytes } from '../../lib/digest-of-bytes.ts'
import { failureOf, OWNER_KEY, PROBE_KEY } from './remote.ts'

/** Where S3 is, and the key with which it is used. */
export interface S3Credentials {
  /** `https://s3.eu-central-1.amazonaws.com`, `http://minio:9000`; without the bucket. */
  endpoint: string
  region: string
  accessKeyId: string
  secretAccessKey: string
}

/** For one try of a request that carries bytes; 20 MiB over a slow line fit into it. */
const REQUEST_MS = seconds(60)
/** For one try of any other: with all tries it ends before the transaction that waits for it. */
const SHORT_REQUEST_MS = seconds(5)
const CONNECT_MS = seconds(5)
/** Waits before the second and the third try: what is overloaded or restarts for a moment is there again. */
const BACKOFF_MS = [100, 500]
/** Keys that are listed at once: as many as the protocol gives. */
const PAGE_SIZE = 1_000

/** A bucket of AWS, MinIO or whatever speaks S3, addressed by path. One PUT is whole or not at all. */
export function openS3Store(
  { bucket, prefix, pageSize = PAGE_SIZE }: { bucket: string; prefix: string; pageSize?: number },
  { endpoint, region, accessKeyId, secretAccessKey }: S3Credentials,
): BlobStore {
  const location = spellStoreLocation({ kind: 's3', bucket, prefix })
  const dispatcher = new Agent({ connect: { timeout: CONNECT_MS } })
  const client = new S3mini({
    endpoint: `${endpoint.replace(/\/$/, '')}/${bucket}`,
    region,
    accessKeyId,
    secretAccessKey,
    // undici's own with its own types, since Node's refuses a dispatcher of another version. A bucket of another region
    // is a mistake to be told: a redirected request would not be signed for where it goes.
    fetch: ((input: string, init: { method: string }) => {
      const timeoutMs = init.method === 'GET' || init.method === 'PUT' ? REQUEST_MS : SHORT_REQUEST_MS
      const signal = AbortSignal.timeout(timeoutMs)
      return undiciFetch(input, { ...init, signal, dispatcher, redirect: 'manual' })
    }) as unknown as typeof fetch,
  })
  const asking = <T>(ask: () => Promise<T>): Promise<T> => withRetries(location, ask)
  const keyOf = (digest: string): string => prefix + pathOfDigest(digest)
  /** Services of the kind that refuse a condition or a checksum are asked without, once that was seen to work. */
  let plain = false

  const write = async (key: string, bytes: Uint8Array, headers: Record<string, string>): Promise<void> => {
    const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const answer = await client.putObject(key, body, 'application/octet-stream', undefined, headers)
    if ('body' in answer) await answer.body?.cancel()
  }
  /** Where `unlessThere`, an object that is there stays as it is. */
  const upload = async (key: string, bytes: Uint8Array, unlessThere: boolean): Promise<void> => {
    if (plain) return await write(key, bytes, {})
    const hash = Buffer.from(await digestOfBytes(bytes), 'hex').toString('base64')
    const condition = unlessThere ? { 'if-none-match': '*' } : {}
    try {
      await write(key, bytes, { 'x-amz-checksum-sha256': hash, ...condition })
    } catch (error) {
      if (statusOf(error) === 412) return
      if (!refusesHeaders(error)) throw error
      await write(key, bytes, {})
      plain = true
    }
  }
  const download = async (key: string): Promise<Uint8Array | null> => {
    try {
      const answer = await client.getObjectRaw(key)
      return new Uint8Array(await answer.arrayBuffer())
    } catch (error) {
      if (statusOf(error) === 404 && serviceCodeOf(error) !== 'NoSuchBucket') return null
      throw error
    }
  }
  /** Bytes; null where there is none. */
  const sizeOf = async (key: string): Promise<number | null> => {
    try {
      return await client.getContentLength(key)
    } catch (error) {
      const answered = error instanceof Error ? error.cause : error
      if (statusOf(answered) === 404) return null
      throw answered
    }
  }

  return {
    kind: 's3',
    location,
    async put(bytes) {
      const digest = await digestOfBytes(bytes)
      const key = keyOf(digest)
      const size = await asking(() => sizeOf(key))
      if (size !== bytes.byteLength) await asking(() => upload(key, bytes, size === null))
      return digest
    },
    async get(digest) {
      const key = keyOf(digest)
      return await verified(digest, await asking(() => download(key)))
    },
    async delete(digest) {
      const key = keyOf(digest)
      await asking(() => client.deleteObject(key))
    },
    async *list() {
      let token: string | undefined
      do {
        const from = token
        const page = await asking(async () => {
          const found = await client.listObjectsPaged('/', prefix, pageSize, from)
          // Null is its answer to a bucket that there is not, which must not be taken for an empty one.
          if (!found) throw new S3ServiceError('no such bucket', 404, 'NoSuchBucket')
          return found
        })
        for (const { Key, LastModified, Size } of page.objects ?? []) {
          const digest = Key.startsWith(prefix) ? digestOfPath(Key.slice(prefix.length)) : null
          if (digest !== null) yield { digest, modifiedAt: LastModified, size: Size }
        }
        token = page.nextContinuationToken
      } while (token)
    },
    async probe() {
      await asking(() => upload(prefix + PROBE_KEY, Buffer.from('probe'), false))
      await asking(() => client.deleteObject(prefix + PROBE_KEY))
    },
    // A broken-off PUT leaves nothing, and there are no uploads in parts.
    removeLeftovers: () => Promise.resolve(0),
    async claim(owner) {
      const key = prefix + OWNER_KEY
      const there = await asking(() => download(key))
      if (there === null) await asking(() => upload(key, Buffer.from(owner), true))
      return Buffer.from(there ?? (await asking(() => download(key))) ?? []).toString()
    },
    close: () => dispatcher.destroy(),
  }
}

/** All that we ask for may be asked twice: what is written is named by its content. */
async function withRetries<T>(location: string, ask: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask()
    } catch (error) {
      const failure = failureOf(error, statusOf(error), serviceCodeOf(error))
      if (failure === null) throw error
      const wait = BACKOFF_MS[tries]
      if (wait === undefined || !failure.passing) {
        throw new BlobStoreUnavailable(location, failure.what, REMEDIES[failure.kind])
      }
      await sleep(wait * (0.5 + Math.random()))
    }
  }
}

const REMEDIES = {
  refused:
    'See that PATCHBAY_S3_ACCESS_KEY_ID and PATCHBAY_S3_SECRET_ACCESS_KEY belong together, that PATCHBAY_S3_REGION is the ' +
    "bucket's, and that the key may read, write, list and delete there.",
  missing: 'Make the bucket, or correct its name.',
  silent: 'See that PATCHBAY_S3_ENDPOINT is right and that the service behind it runs.',
}

function statusOf(error: unknown): number | null {
  return error instanceof S3ServiceError ? error.status : null
}

function refusesHeaders(error: unknown): boolean {
  const status = statusOf(error)
  return (
    status === 501 ||
    (status === 400 && /^(Invalid(Argument|Request)|NotImplemented)$/.test(serviceCodeOf(error) ?? ''))
  )
}

/** From the answer itself where its type is not exactly the one that the client reads. */
function serviceCodeOf(error: unknown): string | null {
  if (!(error instanceof S3ServiceError)) return null
  const { serviceCode, body } = error
  if (serviceCode !== undefined && serviceCode !== 'Unknown') return serviceCode
  return /<Code>([A-Za-z]{1,60})<\/Code>/.exec(body ?? '')?.[1] ?? null
}
