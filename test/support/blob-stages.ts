import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { BlobServiceClient } from '@azure/storage-blob'
import { S3mini } from 's3mini'
import { openAzureStore } from '../../src/platform/blobs/azure-store.ts'
import type { BlobStore } from '../../src/platform/blobs/blob-store.ts'
import { openDirectoryStore } from '../../src/platform/blobs/directory-store.ts'
import { openS3Store } from '../../src/platform/blobs/s3-store.ts'
import { openFaultyLine, type FaultyLine } from './faulty-line.ts'
import { azureConnection, BUCKET, S3_KEY, startAzureServer, startS3Server } from './object-stores.ts'

const PREFIX = 'some/prefix/'
/** Keys that a store lists at once: few, so that a test need not write a thousand. */
export const PAGE_SIZE = 25
/** Nobody is to see even this one. */
export const WRONG_SECRET = 'c2VjcmV0LXRoYXQtbm9ib2R5LXNlZXM='

/** A store of each kind, and what a test does behind its back. */
export interface BlobStage {
  store: BlobStore
  /** Puts other bytes there, behind the back of the store. */
  overwrite: (key: string, bytes: Uint8Array) => Promise<void>
  /** Where nothing can be kept: no such bucket, no such directory. */
  missing: BlobStore
  /** The way to its server, and the same store for somebody who has the wrong key. */
  remote: { line: FaultyLine; stranger: BlobStore } | null
  close: () => Promise<unknown>
}

export async function onDirectory(): Promise<BlobStage> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'patchbay-blobs-'))
  await writeFile(path.join(directory, 'file'), '')
  return {
    store: openDirectoryStore(path.join(directory, 'blobs')),
    overwrite: (key, bytes) => writeFile(path.join(directory, 'blobs', key), bytes),
    missing: openDirectoryStore(path.join(directory, 'file', 'blobs')),
    remote: null,
    close: () => rm(directory, { recursive: true }),
  }
}

export async function onS3(): Promise<BlobStage> {
  const server = await startS3Server()
  const line = await openFaultyLine(server.port)
  const place = { bucket: BUCKET, prefix: PREFIX, pageSize: PAGE_SIZE }
  const endpoint = `http://127.0.0.1:${line.port}`
  const keys = { region: 'us-east-1', accessKeyId: S3_KEY, secretAccessKey: S3_KEY }
  const behind = new S3mini({ ...keys, endpoint: `http://127.0.0.1:${server.port}/${BUCKET}` })
  const stores = [
    openS3Store(place, { ...keys, endpoint }),
    openS3Store({ ...place, bucket: 'no-such-bucket' }, { ...keys, endpoint }),
    openS3Store(place, { ...keys, endpoint, secretAccessKey: WRONG_SECRET }),
  ] as const
  return {
    store: stores[0],
    overwrite: async (key, bytes) => void (await behind.putObject(PREFIX + key, Buffer.from(bytes))),
    missing: stores[1],
    remote: { line, stranger: stores[2] },
    async close() {
      await Promise.all(stores.map((store) => store.close()))
      await line.close()
      await server.close()
    },
  }
}

export async function onAzure(): Promise<BlobStage> {
  const server = await startAzureServer()
  const line = await openFaultyLine(server.port)
  const place = { container: BUCKET, prefix: PREFIX, pageSize: PAGE_SIZE }
  const connectionString = azureConnection(line.port)
  const behind = BlobServiceClient.fromConnectionString(azureConnection(server.port)).getContainerClient(
    BUCKET,
  )
  return {
    store: openAzureStore(place, { connectionString }),
    overwrite: async (key, bytes) =>
      void (await behind.getBlockBlobClient(PREFIX + key).upload(Buffer.from(bytes), bytes.byteLength)),
    missing: openAzureStore({ ...place, container: 'no-such-container' }, { connectionString }),
    remote: {
      line,
      stranger: openAzureStore(place, { connectionString: azureConnection(line.port, WRONG_SECRET) }),
    },
    async close() {
      await line.close()
      await server.close()
    },
  }
}
