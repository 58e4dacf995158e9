import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  CreateDeploymentDocument,
  DeactivateInstallationDocument,
  DeprecatePackageDocument,
  InstallPluginDocument,
  PackageReviewDocument,
  PluginBySlugDocument,
  UnyankPackageDocument,
  YankPackageDocument,
  type DeprecatePackageInput,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import {
  activate,
  codesOf,
  install,
  openStage,
  publishPlugin,
  refusalOf,
  submit,
  zipOf,
  type TestStage,
} from '../../support/stage.ts'

let server: TestServer
let stage: TestStage
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  stage = await openStage(server)
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

const yank = async (packageId: string, by = stage.publisher) =>
  (await by.request(YankPackageDocument, { input: { packageId, reason: 'It is slow.' } })).yankPackage
const unyank = async (packageId: string) =>
  (await stage.publisher.request(UnyankPackageDocument, { input: { packageId } })).unyankPackage
const deprecate = async (input: DeprecatePackageInput, by = stage.publisher) =>
  (await by.request(DeprecatePackageDocument, { input })).deprecatePackage

test('a yanked version is not newly installed by any way, and runs on where it is', async () => {
  const old = await publishPlugin(stage, { id: 'shaky', version: '1.0.0' })
  const packageId = await publishPlugin(stage, { id: 'shaky', version: '1.1.0' })
  const installationId = accepted(await install(stage, packageId, { activate: true })).installation!.id
  const yanked = accepted(await yank(packageId)).package!
  expect(yanked).toMatchObject({ yankReason: 'It is slow.', yankedAt: expect.any(String) as string })
  const latest = (await stage.operator.request(PluginBySlugDocument, { slug: 'shaky' })).plugin!
  expect(latest.latestPackage).toMatchObject({ id: old })

  const siteId = stage.siteIds[1]!
  expect(codesOf(await install(stage, packageId, { siteId }))).toEqual(['YANKED'])
  const pluginId = latest.id
  const ranged = { siteId, pluginId, range: '^1.1.0' }
  const byRange = stage.operator.request(InstallPluginDocument, { input: ranged })
  expect(codesOf((await byRange).installPlugin)).toEqual(['YANKED'])
  const rollOut = { type: 'INSTALL' as const, packageId, siteIds: [siteId] }
  const { createDeployment } = await stage.operator.request(CreateDeploymentDocument, { input: rollOut })
  expect(codesOf(createDeployment)).toEqual(['YANKED'])
  const needing = await publishPlugin(stage, { id: 'needs-shaky', dependencies: { shaky: '>=1.1.0' } })
  expect(codesOf(await install(stage, needing, { siteId }))).toEqual(['DEPENDENCY_CONFLICT'])
  // Where it is installed already, it serves those that need it, and starts again.
  accepted(await install(stage, needing))
  const input = { installationId }
  accepted((await stage.operator.request(DeactivateInstallationDocument, { input })).deactivateInstallation)
  accepted(await activate(stage, installationId))

  expect(codesOf(await yank(packageId))).toEqual(['INVALID_STATE'])
  accepted(await unyank(packageId))
  expect(codesOf(await unyank(packageId))).toEqual(['INVALID_STATE'])
  accepted(await install(stage, packageId, { siteId }))
})

test('a deprecated version tells why and what to use instead, and is still installed', async () => {
  const better = await publishPlugin(stage, { id: 'better' })
  const packageId = await publishPlugin(stage, { id: 'worse' })
  const { plugin } = await stage.operator.request(PluginBySlugDocument, { slug: 'better' })
  const { plugin: itself } = await stage.operator.request(PluginBySlugDocument, { slug: 'worse' })
  const message = 'It is done better elsewhere.'
  const replaced = { packageId, message, replacementPluginId: plugin!.id }
  expect(accepted(await deprecate(replaced)).package).toMatchObject({
    deprecated: message,
    replacement: { slug: 'better' },
  })
  const { node } = await stage.operator.request(PackageReviewDocument, { id: packageId })
  expect(node).toMatchObject({ deprecated: message, replacement: { slug: 'better' } })
  accepted(await install(stage, packageId))
  expect(codesOf(await deprecate({ ...replaced, replacementPluginId: itself!.id }))).toEqual([
    'INVALID_INPUT',
  ])
  expect(codesOf(await deprecate({ ...replaced, message: null }))).toEqual(['INVALID_INPUT'])
  expect(codesOf(await deprecate({ packageId, message: ' ' }))).toEqual(['INVALID_INPUT'])
  expect(await refusalOf(deprecate({ ...replaced, replacementPluginId: better }))).toMatchObject({
    code: 'BAD_USER_INPUT',
  })
  expect(accepted(await deprecate({ packageId, message: null })).package).toMatchObject({
    deprecated: null,
    replacement: null,
  })
})

test('only publishers and reviewers withdraw, and only what was approved', async () => {
  const packageId = await publishPlugin(stage, { id: 'steady' })
  expect(await refusalOf(yank(packageId, stage.operator))).toMatchObject({ code: 'FORBIDDEN' })
  expect(await refusalOf(deprecate({ packageId, message: 'Old.' }, stage.operator))).toMatchObject({
    code: 'FORBIDDEN',
  })
  accepted(await deprecate({ packageId, message: 'Old.' }, stage.reviewer))
  accepted(await yank(packageId, stage.reviewer))
  const waiting = accepted(await submit(stage.publisher, zipOf({ id: 'waiting' }))).package!.id
  expect(codesOf(await yank(waiting))).toEqual(['INVALID_STATE'])
  expect(codesOf(await deprecate({ packageId: waiting, message: 'Old.' }))).toEqual(['INVALID_STATE'])
  expect(await refusalOf(yank(waiting, stage.operator))).toMatchObject({ code: 'NOT_FOUND' })
})
