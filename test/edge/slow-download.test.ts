import { createHash, randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { accepted } from '../../scripts/lib/accepted.ts'
import { packZip } from '../../src/archive/pack.ts'
import { archivesBeingSent } from '../../src/edge/download.ts'
import { goodManifest, pluginFiles } from '../archive/support/plugin-files.ts'
import { ask, eventually } from '../support/http.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { fileOf, openStage, submit, type TestStage } from '../support/stage.ts'

/** Two of them are more than the system's socket buffers take in without a reader. */
const ASSET_BYTES = 9_000_000

let server: TestServer
let stage: TestStage
let archive: Buffer
let address: string
beforeAll(async () => {
  server = await startTestServer({ worker: false, env: { PATCHBAY_PUBLIC_URL: 'https://plugins.example' } })
  stage = await openStage(server)
  const files = pluginFiles({ ...goodManifest, id: 'large' })
  files.set('assets/day.png', randomBytes(ASSET_BYTES))
  files.set('assets/night.png', randomBytes(ASSET_BYTES))
  archive = Buffer.from(packZip(files))
  const { id } = accepted(await submit(stage.publisher, fileOf(archive))).package!
  const query = 'query ($id: ID!) { node(id: $id) { ... on Package { downloadUrl } } }'
  const { json } = await ask(server, query, { key: server.adminKey, variables: { id } })
  address = (json!.data!['node'] as { downloadUrl: string }).downloadUrl
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

/** A reader that has asked for the archive, has got the beginning of it, and reads nothing more. */
async function startReading(): Promise<Socket> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  socket.write(
    `GET ${new URL(address).pathname} HTTP/1.1\r\nhost: a\r\nconnection: close\r\nauthorization: Bearer ${server.adminKey}\r\n\r\n`,
  )
  await once(socket, 'readable')
  return socket
}

const heldBytes = (): number => archivesBeingSent(server.app).heldBytes()

test('where the service knows its own address, downloads are told by it', () => {
  expect(address).toMatch(/^https:\/\/plugins\.example\/packages\/[0-9a-f-]{36}\/large-1\.0\.0\.zip$/)
})

test('ten slow readers share one archive in memory, and each gets all of it in his own time', async () => {
  const readers = await Promise.all(Array.from({ length: 10 }, startReading))
  expect(heldBytes()).toBe(archive.byteLength)
  const digest = createHash('sha256').update(archive).digest('hex')
  for (const socket of readers) {
    const chunks: Buffer[] = []
    for await (const chunk of socket) chunks.push(chunk as Buffer)
    const answer = Buffer.concat(chunks)
    const body = answer.subarray(answer.indexOf('\r\n\r\n') + 4)
    expect(createHash('sha256').update(body).digest('hex')).toBe(digest)
  }
  await eventually('the archive is let go', () => heldBytes() === 0)
})

test('readers that leave in the middle leave nothing behind', async () => {
  for (let round = 0; round < 3; round++) {
    const readers = await Promise.all(Array.from({ length: 10 }, startReading))
    expect(heldBytes()).toBe(archive.byteLength)
    for (const [index, socket] of readers.entries()) {
      if (index % 2 === 0) socket.resetAndDestroy()
      else socket.destroy()
    }
    await eventually('the archive is let go', () => heldBytes() === 0)
  }
  expect(server.logLines.filter((line) => line.includes('a request failed'))).toEqual([])
})

test('a slow reader holds nobody else up', async () => {
  const slow = await startReading()
  const answer = await ask(server, '{ viewer { __typename } }', { key: server.adminKey })
  expect(answer.status).toBe(200)
  slow.destroy()
  await eventually('the archive is let go', () => heldBytes() === 0)
})
