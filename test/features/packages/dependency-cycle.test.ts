import { afterAll, beforeAll, expect, test } from 'vitest'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { codesOf, openStage, publishPlugin, submit, zipOf, type TestStage } from '../../support/stage.ts'

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

test('a plugin whose dependencies lead back to itself is refused, with the way that they take', async () => {
  await publishPlugin(stage, { id: 'one', dependencies: { two: '^1' } })
  await publishPlugin(stage, { id: 'two', dependencies: { three: '^1' } })
  const closing = await submit(stage.publisher, zipOf({ id: 'three', dependencies: { one: '^1' } }))
  expect(codesOf(closing)).toEqual(['MANIFEST_INVALID'])
  const finding = closing.validation!.findings.find((it) => it.check === 'manifest.dependencies.cycle')!
  expect(finding.message).toContain('three → one → two → three')
  const open = accepted(await submit(stage.publisher, zipOf({ id: 'three' })))
  expect(open.validation!.checks).toContainEqual(
    expect.objectContaining({ check: 'manifest.dependencies.cycle', passed: true }),
  )
})

test('a circle that another version in range avoids is none', async () => {
  await publishPlugin(stage, { id: 'base', version: '1.0.0' })
  await publishPlugin(stage, { id: 'base', version: '1.1.0', dependencies: { above: '*' } })
  accepted(await submit(stage.publisher, zipOf({ id: 'above', dependencies: { base: '^1' } })))
  const closing = await submit(
    stage.publisher,
    zipOf({ id: 'above', version: '2.0.0', dependencies: { base: '>=1.1' } }),
  )
  expect(codesOf(closing)).toEqual(['MANIFEST_INVALID'])
})
