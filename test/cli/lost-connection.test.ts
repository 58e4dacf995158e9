import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import {
  ApprovePackageDocument,
  CreateApiKeyDocument,
  RevokeApiKeyDocument,
  StartReviewDocument,
} from '../../schema/generated/graphql.ts'
import { accepted } from '../../scripts/lib/accepted.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { openStage, type TestStage } from '../support/stage.ts'
import { emptyFolder, keyOf, patchbay, start } from './support/command.ts'
import { openLine } from './support/line.ts'

let server: TestServer
let stage: TestStage
let token: string
beforeAll(async () => {
  server = await startTestServer()
  stage = await openStage(server)
  token = await keyOf(stage, 'PUBLISHER')
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

const SECONDS_20 = { timeout: 20_000, interval: 20 }

test('what is decided while the connection is lost is told when it is back', async () => {
  const cwd = await emptyFolder()
  const line = await openLine(server.url)
  const env = { PATCHBAY_URL: line.url, PATCHBAY_TOKEN: token }
  await patchbay(['init', 'long-way', '--template', 'ui-theme'], { cwd })
  const waiting = start(['submit', 'long-way', '--wait', '--json'], { cwd, env })
  await vi.waitUntil(() => waiting.output().stdout.includes('\n') && line.upgrades() === 1, SECONDS_20)
  const { package: submitted } = JSON.parse(waiting.output().stdout) as { package: { id: string } }

  line.cut()
  const reasons = () => [...waiting.output().stderr.matchAll(/the connection is lost \((.*?)\)/g)]
  await vi.waitUntil(() => reasons().length > 1, SECONDS_20)
  expect(reasons()[1]![1]).toMatch(/ECONN|socket hang up/)
  const input = { packageId: submitted.id }
  accepted((await stage.reviewer.request(StartReviewDocument, { input })).startReview)
  accepted((await stage.reviewer.request(ApprovePackageDocument, { input })).approvePackage)
  line.mend()

  const { code, documents } = await waiting.ended
  expect(code).toBe(0)
  expect(documents.at(-1)).toMatchObject({ event: 'state', package: { status: 'APPROVED' } })
})

test('a key that is revoked while one waits ends the wait, and says what to do', async () => {
  const cwd = await emptyFolder()
  const made = await stage.admin.request(CreateApiKeyDocument, {
    input: { name: 'Stolen', role: 'PUBLISHER' },
  })
  const { secret, apiKey } = accepted(made.createApiKey)
  const env = { PATCHBAY_URL: server.url, PATCHBAY_TOKEN: secret! }
  await patchbay(['init', 'locked-out', '--template', 'ui-theme'], { cwd })
  const waiting = start(['submit', 'locked-out', '--wait'], { cwd, env })
  await vi.waitUntil(() => waiting.output().stdout.includes('PENDING_REVIEW'), SECONDS_20)
  await stage.admin.request(RevokeApiKeyDocument, { input: { apiKeyId: apiKey!.id } })
  const { code, stderr } = await waiting.ended
  expect(code).toBe(3)
  expect(stderr).toContain('patchbay login')
})
