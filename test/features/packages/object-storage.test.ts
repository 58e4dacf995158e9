import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  CreateDeploymentDocument,
  CreateRegistryDocument,
  DispatchHookDocument,
  SubmitPackageDocument,
  SystemStatusDocument,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { graphClient } from '../../../scripts/lib/graph-client.ts'
import { review } from '../../../scripts/lib/cast.ts'
import { MiB } from '../../../src/lib/units.ts'
import { goodManifest, pluginZip } from '../../archive/support/plugin-files.ts'
import { openFaultyLine, type FaultyLine } from '../../support/faulty-line.ts'
import { BUCKET, S3_KEY, startS3Server, type ObjectServer } from '../../support/object-stores.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import {
  activate,
  codesOf,
  countRows,
  fileOf,
  install,
  openStage,
  publishPlugin,
  refusalOf,
  rowId,
  run,
  submit,
  zipOf,
  type TestStage,
} from '../../support/stage.ts'

let s3: ObjectServer
let line: FaultyLine
let server: TestServer
let stage: TestStage
beforeAll(async () => {
  s3 = await startS3Server()
  line = await openFaultyLine(s3.port)
  server = await startTestServer({
    env: {
      STORAGE_URL: `s3://${BUCKET}/patchbay`,
      PATCHBAY_S3_ENDPOINT: `http://127.0.0.1:${line.port}`,
      PATCHBAY_S3_ACCESS_KEY_ID: S3_KEY,
      PATCHBAY_S3_SECRET_ACCESS_KEY: S3_KEY,
    },
  })
  stage = await openStage(server)
})
afterAll(async () => {
  await stage.close()
  await server.close()
  await line.close()
  await s3.close()
})

const HOOKED = `import { definePlugin } from 'patchbay'
export default definePlugin({ hooks: { order_check: () => 'seen' } })`
const HOOKS = { hooks: ['order_check'] }

async function digestsIn(storage = 'main'): Promise<string[]> {
  const digests: string[] = []
  for await (const { digest } of server.app.blobs.at(storage).list()) digests.push(digest)
  return digests.sort()
}

async function checksums(storage = 'main'): Promise<string[]> {
  const packages = await server.app.database.prisma.package.findMany({
    where: { storage },
    select: { checksum: true },
  })
  return packages.map(({ checksum }) => checksum).sort()
}

/** All that a submission could leave behind; what is running leaves other rows meanwhile. */
async function traces(): Promise<unknown> {
  const { package: packages, plugin, submission, package_dependency: dependencies } = await countRows(server)
  return { packages, plugin, submission, dependencies, digests: await digestsIn() }
}

async function dispatch(siteId: string) {
  const input = { siteId, hook: 'order_check', payload: {} }
  return (await stage.operator.request(DispatchHookDocument, { input })).dispatchHook
}

test('a package is submitted to S3, and the plugin runs from there', async () => {
  await run(stage, { id: 'from-s3', ...HOOKS }, HOOKED)
  expect(await digestsIn()).toEqual(await checksums())
  const { results } = accepted(await dispatch(stage.siteIds[0]!))
  expect(results.map(({ value }) => value)).toEqual(['seen'])
})

test('S3 that goes away in the middle of an upload: UNAVAILABLE, no package, no bytes, and the next try works', async () => {
  const before = await traces()
  const big = fileOf(
    pluginZip(
      { ...goodManifest, id: 'big-one' },
      { 'main.js': 'export default {}\n', 'data.txt': randomBytes(4 * MiB).toString('base64') },
    ),
  )
  line.cutAfter(1 * MiB)
  const refusal = await refusalOf(submit(stage.publisher, big))
  line.restore()
  expect(refusal).toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringMatching(/does not answer now/),
  })
  expect(JSON.stringify(refusal)).not.toMatch(/s3:|127\.0\.0\.1|S3RVER|PATCHBAY/)
  expect(await traces()).toEqual(before)
  expect(
    server.logLines.filter((text) => text.includes('the store of archives is unavailable')),
  ).toHaveLength(1)
  expect(server.logLines.join('\n')).toContain(`The blob store s3://${BUCKET}/patchbay cannot be reached`)
  expect(server.logLines.join('\n')).not.toContain(S3_KEY)
  accepted(await submit(stage.publisher, big))
})

test('S3 that is away when code is loaded is no proof that the code was changed', async () => {
  const packageId = await publishPlugin(stage, { id: 'patient', ...HOOKS }, HOOKED)
  const siteId = stage.siteIds[1]!
  const { installation } = accepted(await install(stage, packageId, { siteId, activate: false }))
  // Its onInstall has left a warm isolate; what is activated loads its code anew.
  server.app.runtime.retire(rowId(installation!.id))
  line.cutAfter(0)
  const refusal = await refusalOf(activate(stage, installation!.id))
  line.restore()
  expect(refusal?.code).toBe('UNAVAILABLE')
  const { healthStatus, status } = await server.app.database.prisma.installation.findUniqueOrThrow({
    where: { id: rowId(installation!.id) },
  })
  expect(status).toBe('INSTALLED')
  expect(healthStatus).not.toBe('UNHEALTHY')
  accepted(await activate(stage, installation!.id))
  expect(accepted(await dispatch(siteId)).results.map(({ value }) => value)).toEqual(['seen'])
})

test('S3 that is away for a moment delays a deployment, and fails no site of it', async () => {
  const packageId = await publishPlugin(stage, { id: 'rolled-out', ...HOOKS }, HOOKED)
  const siteId = stage.siteIds[0]!
  const logged = server.logLines.length
  line.cutAfter(0)
  const input = { type: 'INSTALL' as const, packageId, siteIds: [siteId] }
  accepted((await stage.operator.request(CreateDeploymentDocument, { input })).createDeployment)
  await expect
    .poll(
      () =>
        server.logLines
          .slice(logged)
          .some((text) => text.includes('invocation could not be run') && text.includes('cannot be reached')),
      {
        timeout: 10_000,
      },
    )
    .toBe(true)
  line.restore()
  const outcome = async () =>
    await server.app.database.prisma.deploymentTarget.findMany({ select: { status: true, error: true } })
  await expect
    .poll(outcome, { timeout: 20_000, interval: 100 })
    .toEqual([{ status: 'SUCCEEDED', error: null }])
})

test('a registry has a store of its own, and its packages lie and run from there', async () => {
  const create = async (slug: string, storage: string) => {
    const input = { slug, name: slug, type: 'ENTERPRISE' as const, storage }
    return (await stage.admin.request(CreateRegistryDocument, { input })).createRegistry
  }
  const own = `s3://${BUCKET}/own`
  const { registry } = accepted(await create('own', `${own}/`))
  const input = { file: zipOf({ id: 'owned', ...HOOKS }, HOOKED), registryId: registry!.id }
  const { submitPackage } = await stage.publisher.request(SubmitPackageDocument, { input })
  const packageId = accepted(submitPackage).package!.id
  expect(await digestsIn(own)).toEqual(await checksums(own))
  expect(await checksums(own)).toHaveLength(1)
  expect(await review(stage, packageId)).toBe('APPROVED')
  const siteId = stage.siteIds[2]!
  accepted(await install(stage, packageId, { siteId, activate: true }))
  expect(accepted(await dispatch(siteId)).results.map(({ value }) => value)).toEqual(['seen'])

  accepted(await create('same', `s3://${BUCKET}/patchbay/`))
  const { storage } = await server.app.database.prisma.registry.findUniqueOrThrow({ where: { slug: 'same' } })
  expect(storage).toBe('main')
})

test.for([
  ['a directory', 'file:///etc', /write s3:\/\/bucket\/prefix/],
  ['with credentials', 's3://key:secret@archives/x', /without credentials/],
  ['no such bucket', 's3://no-such-bucket/x', /answers 404 NoSuchBucket. Make the bucket/],
  ['no credentials for it', 'azure://archives/x', /PATCHBAY_AZURE_CONNECTION_STRING/],
  ['no name of a bucket', 's3://UPPER/x', /is no store/],
] as const)('a store that cannot be used is refused, and why is told: %s', async ([, storage, why]) => {
  const input = { slug: 'refused', name: 'Refused', type: 'ENTERPRISE' as const, storage }
  const { createRegistry } = await stage.admin.request(CreateRegistryDocument, { input })
  expect(codesOf(createRegistry)).toEqual(['INVALID_INPUT'])
  expect(createRegistry.userErrors[0]!.message).toMatch(why)
})

test('a bucket that there is not is told when the service starts, and by its status', async () => {
  const astray = await startTestServer({
    env: {
      STORAGE_URL: 's3://no-such-bucket',
      PATCHBAY_S3_ENDPOINT: `http://127.0.0.1:${s3.port}`,
      PATCHBAY_S3_ACCESS_KEY_ID: S3_KEY,
      PATCHBAY_S3_SECRET_ACCESS_KEY: S3_KEY,
    },
    worker: false,
  })
  try {
    await expect
      .poll(() => astray.logLines.join('\n'))
      .toContain('The blob store s3://no-such-bucket answers 404 NoSuchBucket. Make the bucket')
    const admin = graphClient(astray.url, astray.adminKey)
    const { systemStatus } = await admin.request(SystemStatusDocument, {})
    expect(systemStatus.storage.ok).toBe(false)
    await admin.close()
  } finally {
    await astray.close()
  }
})
