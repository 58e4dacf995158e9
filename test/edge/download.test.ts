import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CreateApiKeyDocument, RevokePackageDocument } from '../../schema/generated/graphql.ts'
import { accepted } from '../../scripts/lib/accepted.ts'
import { packMpk, packZip } from '../../src/archive/pack.ts'
import { pathOfDigest } from '../../src/platform/blobs/blob-store.ts'
import { goodManifest, pluginFiles } from '../archive/support/plugin-files.ts'
import { ask } from '../support/http.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { fileOf, openStage, publishPlugin, rowId, submit, type TestStage } from '../support/stage.ts'

let server: TestServer
let stage: TestStage
let storageDirectory: string
beforeAll(async () => {
  storageDirectory = await mkdtemp(path.join(os.tmpdir(), 'patchbay-archives-'))
  server = await startTestServer({ worker: false, storageDirectory })
  stage = await openStage(server)
})
afterAll(async () => {
  await stage.close()
  await server.close()
  await rm(storageDirectory, { recursive: true, force: true })
})

interface Told {
  downloadUrl: string
  downloadCount: number
  checksum: string
  size: number
  plugin: { downloadCount: number }
}

async function tell(packageId: string, key = server.adminKey): Promise<Told> {
  const fields = 'downloadUrl downloadCount checksum size plugin { downloadCount }'
  const query = `query ($id: ID!) { node(id: $id) { ... on Package { ${fields} } } }`
  return (await ask(server, query, { key, variables: { id: packageId } })).json!.data!['node'] as Told
}

async function get(
  address: string,
  options: { key?: string | null; method?: string; headers?: Record<string, string> } = {},
) {
  const { key = stage.operatorKey, method = 'GET', headers } = options
  const response = await fetch(`${server.url}${address}`, {
    method,
    headers: { ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...headers },
  })
  const bytes = Buffer.from(await response.arrayBuffer())
  return { status: response.status, headers: response.headers, bytes, text: bytes.toString() }
}

/** Submits an archive, not reviewed. Returns its bytes and where the publisher is told that it is. */
async function submitted(change: Record<string, unknown>, more: Record<string, string> = {}) {
  const bytes = packZip(pluginFiles({ ...goodManifest, ...change }, more))
  const packageId = accepted(await submit(stage.publisher, fileOf(bytes))).package!.id
  return { bytes: Buffer.from(bytes), packageId, ...(await tell(packageId)) }
}

async function counted(packageId: string): Promise<number[]> {
  const { downloadCount, plugin } = await tell(packageId)
  return [downloadCount, plugin.downloadCount]
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64')

test('an archive is downloaded as it was submitted, with its name and checksums, and counted', async () => {
  const { bytes, packageId, downloadUrl, checksum } = await submitted({ id: 'fetched', version: '1.0.0+b.5' })
  expect(downloadUrl).toMatch(/^\/packages\/[0-9a-f-]{36}\/fetched-1\.0\.0\+b\.5\.zip$/)
  const answer = await get(downloadUrl, { key: server.adminKey })
  expect(answer.status).toBe(200)
  expect(answer.bytes.equals(bytes)).toBe(true)
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    etag: `"${checksum}"`,
    'x-checksum-sha256': checksum,
    'repr-digest': `sha-256=:${sha256(bytes)}:`,
    'content-digest': `sha-256=:${sha256(bytes)}:`,
    'content-length': String(bytes.byteLength),
    'content-type': 'application/zip',
    'content-disposition': 'attachment; filename="fetched-1.0.0+b.5.zip"',
    'accept-ranges': 'bytes',
    'cache-control': 'private, max-age=31536000, immutable',
    vary: 'authorization',
    'x-content-type-options': 'nosniff',
  })
  expect((await get(downloadUrl.replace('+', '%2B'), { key: server.adminKey })).status).toBe(200)
  expect(await counted(packageId)).toEqual([2, 2])
})

test('an .mpk is one, also by its name and type', async () => {
  const bytes = await packMpk(pluginFiles({ ...goodManifest, id: 'as-mpk' }))
  const packageId = accepted(await submit(stage.publisher, fileOf(bytes))).package!.id
  const { downloadUrl } = await tell(packageId)
  const answer = await get(downloadUrl, { key: server.adminKey })
  expect(downloadUrl.endsWith('/as-mpk-1.0.0.mpk')).toBe(true)
  expect(answer.headers.get('content-type')).toBe('application/gzip')
  expect(answer.bytes.equals(Buffer.from(bytes))).toBe(true)
})

describe('conditions and ranges', () => {
  let archive: Awaited<ReturnType<typeof submitted>>
  beforeAll(async () => {
    archive = await submitted({ id: 'ranged' }, { 'data.txt': randomBytes(2_000).toString('base64') })
  })
  const fetched = (headers: Record<string, string>, method = 'GET') =>
    get(archive.downloadUrl, { key: server.adminKey, headers, method })

  test('HEAD, 304 and 416 send no bytes of it, and are not counted', async () => {
    const head = await fetched({ range: 'bytes=0-3' }, 'HEAD')
    expect([head.status, head.bytes.byteLength]).toEqual([200, 0])
    expect(head.headers.get('content-length')).toBe(String(archive.size))
    expect(head.headers.get('repr-digest')).toBe(`sha-256=:${sha256(archive.bytes)}:`)
    const known = await fetched({ 'if-none-match': `"x", W/"${archive.checksum}"`, range: 'bytes=0-3' })
    expect([known.status, known.bytes.byteLength]).toEqual([304, 0])
    expect(known.headers.get('etag')).toBe(`"${archive.checksum}"`)
    const beyond = await fetched({ range: `bytes=${archive.size}-` })
    expect(beyond.status).toBe(416)
    expect(beyond.headers.get('content-range')).toBe(`bytes */${archive.size}`)
    expect(beyond.headers.get('cache-control'), 'a refusal is not kept').toBeNull()
    expect(await counted(archive.packageId)).toEqual([0, 0])
  })

  test('a range is answered by those bytes with a digest of their own, and a broken-off download goes on', async () => {
    const { bytes, checksum, size } = archive
    const before = (await counted(archive.packageId))[0]!
    const first = await fetched({ range: 'bytes=0-999' })
    const rest = await fetched({ range: 'bytes=1000-', 'if-range': `"${checksum}"` })
    expect([first.status, rest.status]).toEqual([206, 206])
    expect(Buffer.concat([first.bytes, rest.bytes]).equals(bytes)).toBe(true)
    expect(rest.headers.get('content-range')).toBe(`bytes 1000-${size - 1}/${size}`)
    expect(first.headers.get('content-digest')).toBe(`sha-256=:${sha256(bytes.subarray(0, 1_000))}:`)
    expect(first.headers.get('repr-digest')).toBe(`sha-256=:${sha256(bytes)}:`)
    const end = await fetched({ range: 'bytes=-10' })
    expect(end.bytes.equals(bytes.subarray(-10))).toBe(true)
    expect((await counted(archive.packageId))[0]).toBe(before + 3)
  })

  test.each([
    ['several ranges', { range: 'bytes=0-1,5-6' }],
    ['an If-Range of another archive', { range: 'bytes=0-3', 'if-range': '"other"' }],
  ])('%s is answered by the whole', async (_name, headers) => {
    const answer = await fetched(headers)
    expect(answer.status).toBe(200)
    expect(answer.bytes.equals(archive.bytes)).toBe(true)
  })
})

test('what the caller may not see is answered as what there is not, byte for byte', async () => {
  const hidden = await submitted({ id: 'hidden' })
  const seen = await publishPlugin(stage, { id: 'seen' })
  const { downloadUrl } = await tell(seen)
  const unknown = '/packages/01920000-0000-7000-8000-000000000000/hidden-1.0.0.zip'
  const others = [
    hidden.downloadUrl,
    downloadUrl.replace('seen-1.0.0', 'seen-1.0.1'),
    downloadUrl.replace('.zip', '.mpk'),
    `${downloadUrl}/more`,
    downloadUrl.replace(/seen.*$/, '%E0%A4%A'),
    downloadUrl.replace(/seen.*$/, '..%2f..%2fseen-1.0.0.zip'),
    '/packages/x/y',
    '/packages/',
  ]
  const comparable = ({ status, headers, text }: Awaited<ReturnType<typeof get>>) => ({
    status,
    text,
    headers: [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name)),
  })
  const nothing = comparable(await get(unknown))
  expect(nothing.status).toBe(404)
  for (const address of others) expect(comparable(await get(address)), address).toEqual(nothing)
  expect((await get(downloadUrl)).status).toBe(200)
  expect((await get(hidden.downloadUrl, { key: server.adminKey })).status).toBe(200)
})

test('a stranger and a key that is none are 401 for every address, other methods 405', async () => {
  const { downloadUrl } = await tell(await publishPlugin(stage, { id: 'guarded' }))
  const unknown = '/packages/01920000-0000-7000-8000-000000000000/a-1.0.0.zip'
  for (const address of [downloadUrl, unknown, `${unknown}%E0%A4%A`, '/packages/x']) {
    expect((await get(address, { key: null })).status).toBe(401)
    expect((await get(address, { key: 'none' })).status).toBe(401)
  }
  for (const method of ['POST', 'PUT', 'DELETE']) {
    const answer = await get(downloadUrl, { method })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  }
})

test('a revoked package is gone, with the reason, but for those who decide about packages', async () => {
  const packageId = await publishPlugin(stage, { id: 'taken-back' })
  const { downloadUrl } = await tell(packageId)
  const input = { packageId, reason: 'It tells secrets.', deactivate: false }
  accepted((await stage.admin.request(RevokePackageDocument, { input })).revokePackage)
  const gone = await get(downloadUrl)
  expect(gone.status).toBe(410)
  expect(gone.text).toContain('It tells secrets.')
  expect(gone.headers.get('cache-control')).toBeNull()
  const key = { name: 'a reviewer', role: 'REVIEWER' as const, organizationId: null }
  const { createApiKey } = await stage.admin.request(CreateApiKeyDocument, { input: key })
  expect((await get(downloadUrl, { key: accepted(createApiKey).secret! })).status).toBe(200)
})

test('bytes that were changed in the store, or are gone from it, are never sent', async () => {
  const { bytes, packageId, downloadUrl, checksum } = await submitted({ id: 'tampered' })
  const blob = path.join(storageDirectory, pathOfDigest(checksum))
  const changed = Buffer.from(bytes)
  changed[changed.length - 1]! ^= 1
  await writeFile(blob, changed)
  for (const headers of [{}, { range: 'bytes=0-3' }]) {
    const answer = await get(downloadUrl, { key: server.adminKey, headers })
    expect(answer.status).toBe(502)
    expect(answer.text).toContain('is not what was submitted')
    expect(answer.text).not.toContain(storageDirectory)
  }
  await rm(blob)
  expect((await get(downloadUrl, { key: server.adminKey })).status).toBe(502)
  expect(await counted(packageId)).toEqual([0, 0])
  const told = server.logLines.filter((line) => line.includes('a stored archive is not what was submitted'))
  expect(told.map((line) => line.includes(checksum))).toEqual([true, true, true])
})

test('a store that does not answer is 503, and nothing is counted', async () => {
  const { packageId, downloadUrl } = await submitted({ id: 'far-away' })
  // A store for which this service has no credentials.
  await server.app.database.prisma.package.update({
    where: { id: rowId(packageId) },
    data: { storage: 's3://elsewhere/archives' },
    select: { id: true },
  })
  const answer = await get(downloadUrl, { key: server.adminKey })
  expect([answer.status, answer.text.includes('elsewhere')]).toEqual([503, false])
  expect(await counted(packageId)).toEqual([0, 0])
})

test('fifty downloads at once are fifty, of the package and of its plugin', async () => {
  const packageId = await publishPlugin(stage, { id: 'popular' })
  const second = (await submitted({ id: 'popular', version: '2.0.0' })).packageId
  const addresses = [(await tell(packageId)).downloadUrl, (await tell(second)).downloadUrl]
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) => get(addresses[index % 2]!, { key: server.adminKey })),
  )
  expect(answers.every(({ status }) => status === 200)).toBe(true)
  expect([await counted(packageId), await counted(second)]).toEqual([
    [25, 50],
    [25, 50],
  ])
})
