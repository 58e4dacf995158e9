import { afterAll, beforeAll, expect, test } from 'vitest'
import { RevokePackageDocument } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { codesOf, install, openStage, publishPlugin, type TestStage } from '../../support/stage.ts'

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

test('a dependency that was revoked is not kept, but upgraded to a version that may run', async () => {
  const revoked = await publishPlugin(stage, { id: 'base', version: '1.0.0' })
  accepted(await install(stage, revoked, { activate: true }))
  const input = { packageId: revoked, reason: 'It leaks.' }
  accepted((await stage.reviewer.request(RevokePackageDocument, { input })).revokePackage)
  const top = await publishPlugin(stage, { id: 'top', dependencies: { base: '^1.0.0' } })
  expect(codesOf(await install(stage, top, { activate: true }))).toEqual(['DEPENDENCY_CONFLICT'])

  await publishPlugin(stage, { id: 'base', version: '1.1.0' })
  const answer = accepted(await install(stage, top, { activate: true }))
  expect(answer.plan!.steps.map((step) => [step.action, step.package.version])).toEqual([
    ['UPGRADE', '1.1.0'],
    ['INSTALL', '1.0.0'],
  ])
  expect(answer.installations.map((it) => `${it.plugin.slug} ${it.version} ${it.status}`)).toEqual([
    'base 1.1.0 ACTIVE',
    'top 1.0.0 ACTIVE',
  ])
})
