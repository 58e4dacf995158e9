import { createPublicKey, verify } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { DispatchHookDocument, PackageTrustDocument } from '../../../schema/generated/graphql.ts'
import { flushObservations } from '../../../src/features/health/record-observations.ts'
import { ask, eventually } from '../../support/http.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import {
  activate,
  codesOf,
  install,
  openStage,
  publishPlugin,
  rowId,
  run,
  type TestStage,
} from '../../support/stage.ts'

let server: TestServer
let stage: TestStage
let installationId: string
let slug: string
let count = 0
beforeAll(async () => {
  server = await startTestServer()
  stage = await openStage(server)
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

const CODE = `export default { hooks: { ask: () => 'answered' } }\n`

beforeEach(async () => {
  slug = `vouched-${++count}`
  installationId = await run(stage, { id: slug, hooks: ['ask'] }, CODE, stage.siteIds[count % 3])
})

/** The row of the plugin's package. */
async function packageRow() {
  return await server.app.database.prisma.package.findFirstOrThrow({ where: { plugin: { slug } } })
}

/** Where the archive lies. */
function fileOf(checksum: string): string {
  const { main } = server.app.config.storage
  if (main.kind !== 'file') throw new Error('Archives lie in a directory here.')
  return path.join(main.directory, checksum.slice(0, 2), checksum.slice(2, 4), checksum)
}

/** Outcome and error of the hook, after every warm isolate of the installation was dropped. */
async function callCold(): Promise<{ outcome: string | null; error: string | null; value: unknown }> {
  server.app.runtime.retire(rowId(installationId))
  const { dispatchHook } = await stage.operator.request(DispatchHookDocument, {
    input: { siteId: stage.siteIds[count % 3]!, hook: 'ask', payload: {} },
  })
  const mine = dispatchHook.results.find((result) => result.installation.plugin.slug === slug)!
  return { outcome: mine.invocation.outcome ?? null, error: mine.invocation.error ?? null, value: mine.value }
}

async function healthOf(): Promise<{ status: string; message: string | null }> {
  const answer = await ask(
    server,
    'query ($id: ID!) { node(id: $id) { ... on Installation { health { status message } } } }',
    { key: server.adminKey, variables: { id: installationId } },
  )
  return (answer.json!.data!['node'] as { health: { status: string; message: string | null } }).health
}

/** How often it was told that the plugin's package is not what was approved. */
async function told(): Promise<string[]> {
  const events = await server.app.database.prisma.event.findMany({
    where: { type: 'package.integrity_failed', payload: { path: ['slug'], equals: slug } },
  })
  return events.map((event) => (event.payload as { reason: string }).reason)
}

test('one changed byte in the store refuses to load, is told once, and makes the installation UNHEALTHY', async () => {
  expect(await callCold()).toMatchObject({ outcome: 'OK', value: 'answered' })
  const { checksum } = await packageRow()
  const file = fileOf(checksum)
  const sound = await readFile(file)
  const changed = Buffer.from(sound)
  changed[changed.length >> 1]! ^= 1
  await writeFile(file, changed)

  for (let call = 0; call < 3; call++) {
    const refused = await callCold()
    expect(refused).toMatchObject({ outcome: 'CRASHED', value: null })
    expect(refused.error).toContain('not what was approved')
  }
  expect(await healthOf()).toMatchObject({
    status: 'UNHEALTHY',
    message: expect.stringContaining('approved') as string,
  })
  const reasons = await told()
  expect(reasons).toHaveLength(1)
  expect(reasons[0]).toContain('was changed in the blob store')
  const audited = await server.app.database.prisma.auditEntry.findMany({
    where: { action: 'package.integrity_failed', details: { path: ['slug'], equals: slug } },
  })
  expect(audited).toMatchObject([{ success: false, error: reasons[0] }])

  await writeFile(file, sound)
  expect(await callCold()).toMatchObject({ outcome: 'OK', value: 'answered' })
  await eventually('the installation is healthy again', async () => {
    await callCold()
    return (await healthOf()).status === 'HEALTHY'
  })
  expect((await healthOf()).message).toBeNull()
})

test('what is changed again after it worked for a while is told again, and UNHEALTHY whatever ran before', async () => {
  const { prisma } = server.app.database
  const { id, registrySignature } = await packageRow()
  const forge = async (signature: Uint8Array<ArrayBuffer> | null) =>
    await prisma.package.update({ where: { id }, data: { registrySignature: signature } })
  for (const times of [1, 2]) {
    // Most of what is measured at once went well; what counts is how it ends.
    for (let call = 0; call < 5; call++) expect(await callCold()).toMatchObject({ outcome: 'OK' })
    await forge(new Uint8Array(64))
    expect(await callCold()).toMatchObject({ outcome: 'CRASHED' })
    await flushObservations(server.app)
    expect(await healthOf()).toMatchObject({ status: 'UNHEALTHY' })
    expect(await told()).toHaveLength(times)
    await forge(registrySignature)
    await callCold()
    await callCold()
    await flushObservations(server.app)
  }
})

test('a manifest, grants or a digest that were changed in the database refuse to load, and so does a missing signature', async () => {
  const row = await packageRow()
  const manifest = row.manifest as object
  const { prisma } = server.app.database
  const changes = [
    { manifest: { ...manifest, limits: { memoryMb: 99, timeoutMs: null } } },
    { grantedPermissions: ['users:write'] },
    { registrySignature: null },
    { registrySignature: new Uint8Array(64).fill(1) },
    { version: '9.9.9' },
  ]
  for (const data of changes) {
    await prisma.package.update({ where: { id: row.id }, data })
    expect(await callCold(), Object.keys(data)[0]).toMatchObject({ outcome: 'CRASHED', value: null })
    await prisma.package.update({
      where: { id: row.id },
      data: {
        manifest,
        grantedPermissions: row.grantedPermissions as string[],
        registrySignature: row.registrySignature,
        version: row.version,
      },
    })
  }
  expect(await callCold()).toMatchObject({ outcome: 'OK' })
})

test('a signature of another package does not vouch for this one', async () => {
  const row = await packageRow()
  const { prisma } = server.app.database
  const other = await prisma.package.findFirstOrThrow({ where: { plugin: { slug: 'vouched-1' } } })
  await prisma.package.update({ where: { id: row.id }, data: { registrySignature: other.registrySignature } })
  expect(await callCold()).toMatchObject({ outcome: 'CRASHED' })
})

test('an installation whose package was changed cannot be activated, and says why', async () => {
  const packageId = await publishPlugin(stage, { id: `${slug}-late` }, CODE)
  const installed = (await install(stage, packageId)).installation!
  const { checksum } = await server.app.database.prisma.package.findFirstOrThrow({
    where: { plugin: { slug: `${slug}-late` } },
  })
  await writeFile(fileOf(checksum), 'something else')
  // What `onInstall` ran in was loaded before; the next process, or isolate, loads it anew.
  server.app.runtime.retire(rowId(installed.id))
  const answer = await activate(stage, installed.id)
  expect(codesOf(answer)).toEqual(['SANDBOX_ERROR'])
  expect(answer.userErrors[0]!.message).toContain('not what was approved')
})

test('what the registry signed can be verified by anybody with the published key', async () => {
  const { node } = await stage.operator.request(PackageTrustDocument, {
    id: Buffer.from(`Package:${(await packageRow()).id}`).toString('base64'),
  })
  if (!node?.registrySignature) throw new Error('It is not signed.')
  const { keyId, algorithm, signature, statement } = node.registrySignature
  expect(algorithm).toBe('Ed25519')
  const published = await fetch(`${server.url}/.well-known/patchbay-keys.json`)
  expect(published.status).toBe(200)
  const { keys } = (await published.json()) as {
    keys: { kid: string; kty: string; crv: string; x: string }[]
  }
  const { kty, crv, x } = keys.find((key) => key.kid === keyId)!
  const key = createPublicKey({ key: { kty, crv, x }, format: 'jwk' })
  expect(verify(null, Buffer.from(statement), key, Buffer.from(signature, 'base64'))).toBe(true)
  expect(JSON.parse(statement)).toMatchObject({ plugin: slug, digest: `sha256:${node.checksum}` })
})

test('what was approved before there was a key is signed when the first one is made, and never later', async () => {
  const { prisma } = server.app.database
  const signed = await prisma.package.count({ where: { registrySignature: { not: null } } })
  expect(signed).toBeGreaterThan(0)
  const second = await startTestServer({ databaseUrl: server.app.database.url, worker: false })
  const row = await packageRow()
  await prisma.package.update({ where: { id: row.id }, data: { registrySignature: null } })
  await second.close()
  const third = await startTestServer({ databaseUrl: server.app.database.url, worker: false })
  await third.close()
  expect((await packageRow()).registrySignature).toBeNull()
  expect(await prisma.signingKey.count()).toBe(1)
})
