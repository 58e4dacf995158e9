import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { BlobServiceClient } from '@azure/storage-blob'
import S3rver from 's3rver'
import { asStrictAsS3, refuseExtras } from './stricter-s3.ts'

export const BUCKET = 'archives'
/** Its access key and the secret of that. */
export const S3_KEY = 'S3RVER'
/** What Azurite accepts: the account that its makers publish. */
const AZURE_ACCOUNT = 'devstoreaccount1'
const AZURE_KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

export interface ObjectServer {
  port: number
  close: () => Promise<void>
}

/** An S3 server with one empty bucket; `plain`, it refuses conditions and checksums of a PUT. */
export async function startS3Server({ plain = false } = {}): Promise<ObjectServer> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'patchbay-s3-'))
  const options = { address: '127.0.0.1', port: 0, silent: true, directory }
  const server = new S3rver({ ...options, configureBuckets: [{ name: BUCKET }] })
  if (plain) refuseExtras(server)
  asStrictAsS3(server, S3_KEY)
  const { port } = await server.run()
  return {
    port,
    async close() {
      await server.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

export function azureConnection(port: number, key = AZURE_KEY): string {
  const endpoint = `http://127.0.0.1:${port}/${AZURE_ACCOUNT}`
  return `DefaultEndpointsProtocol=http;AccountName=${AZURE_ACCOUNT};AccountKey=${key};BlobEndpoint=${endpoint};`
}

/** Azurite, with one empty container, in a process of its own that keeps everything in memory. */
export async function startAzureServer(): Promise<ObjectServer> {
  const main = fileURLToPath(import.meta.resolve('azurite/dist/src/blob/main.js'))
  const flags = ['--blobHost', '127.0.0.1', '--blobPort', '0', '--inMemoryPersistence', '--disableTelemetry']
  // The client asks in a version that is newer than this server.
  flags.push('--skipApiVersionCheck')
  const child = spawn(process.execPath, [main, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] },
  })
  const exited = once(child, 'exit')
  const close = async (): Promise<void> => {
    child.kill('SIGKILL')
    await exited
  }
  try {
    const port = await portOf(child.stdout)
    const client = BlobServiceClient.fromConnectionString(azureConnection(port))
    await client.getContainerClient(BUCKET).create()
    return { port, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function portOf(output: Readable): Promise<number> {
  const lines = createInterface({ input: output })
  for await (const line of lines) {
    const port = /listen\w* (?:at|on) http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1]
    if (port === undefined) continue
    output.resume()
    return Number(port)
  }
  throw new Error('Azurite ended before it listened.')
}
