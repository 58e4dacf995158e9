import { afterAll, beforeAll, expect, test } from 'vitest'
import { PackageChangesDocument } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { review } from '../../../scripts/lib/cast.ts'
import type { GraphClient } from '../../../scripts/lib/graph-client.ts'
import { goodManifest, pluginZip } from '../../archive/support/plugin-files.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { fileOf, openStage, publishPlugin, submit, zipOf, type TestStage } from '../../support/stage.ts'
import { makeRegistry, openTenant, submitTo } from '../registries/support.ts'

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

async function changesOf(client: GraphClient, id: string) {
  const { node } = await client.request(PackageChangesDocument, { id })
  return node?.changes ?? null
}

const NOTHING = { added: [], removed: [] }

test('a first version changes everything: all that it asks for is new, and so is each file', async () => {
  const file = zipOf({
    id: 'first',
    permissions: ['events:emit'],
    jobs: [{ name: 'tidy', schedule: '0 2 * * *' }],
  })
  const { id } = accepted(await submit(stage.publisher, file)).package!
  expect(await changesOf(stage.reviewer, id)).toMatchObject({
    comparedTo: null,
    risk: 'LOW',
    riskBefore: null,
    permissions: { added: ['events:emit'], removed: [] },
    jobs: { added: ['tidy (0 2 * * *)'], removed: [] },
    files: [
      { path: 'main.js', change: 'ADDED', sizeBefore: null },
      { path: 'manifest.json', change: 'ADDED' },
    ],
  })
})

test('a later version is held against the highest approved one below it, line by line', async () => {
  const asks = {
    permissions: ['http:outbound', 'routes:serve', 'secrets:read'],
    network: { allow: ['api.example.com'] },
    routes: [{ method: 'GET', path: '/status', public: true }],
    secrets: [{ key: 'TOKEN', hosts: ['api.example.com'] }],
  }
  await publishPlugin(stage, { id: 'grows', version: '1.0.0' }, 'export default {\n  routes: {},\n}\n')
  await submit(stage.publisher, zipOf({ id: 'grows', version: '1.5.0' }))
  const { id } = accepted(
    await submit(
      stage.publisher,
      fileOf(
        pluginZip(
          { ...goodManifest, id: 'grows', version: '2.0.0', ...asks },
          {
            'main.js':
              'export default {\n  routes: { "GET /status": (ctx) => ctx.http.fetch("https://api.example.com") },\n}\n',
            'logo.png': '\u0000\u0001binary',
          },
        ),
      ),
    ),
  ).package!
  const changes = (await changesOf(stage.publisher, id))!
  expect(changes).toMatchObject({
    comparedTo: { version: '1.0.0' },
    risk: 'MEDIUM',
    riskBefore: 'LOW',
    permissions: { added: ['http:outbound', 'routes:serve', 'secrets:read'], removed: [] },
    hosts: { added: ['api.example.com'], removed: [] },
    routes: { added: ['GET /status (public)'], removed: [] },
    secrets: { added: ['TOKEN (to api.example.com)'], removed: [] },
    jobs: NOTHING,
  })
  const files = new Map(changes.files!.map((file) => [file.path, file]))
  expect(files.get('logo.png')).toMatchObject({ change: 'ADDED', diff: null, sizeAfter: 8 })
  const diff = files.get('main.js')!.diff!
  expect(diff).toContain('--- a/main.js')
  expect(diff).toContain('-  routes: {},')
  expect(diff).toContain('+  routes: { "GET /status"')
  expect(files.get('manifest.json')!.diff).toContain('+  "version": "2.0.0"')
})

test('who neither reviews nor publishes it learns nothing of the code', async () => {
  const id = await publishPlugin(stage, { id: 'closed-source' })
  expect(await changesOf(stage.operator, id)).toBeNull()
  expect(await changesOf(stage.reviewer, id)).not.toBeNull()
})

test('files that are wholly other, or huge, are told without a diff', async () => {
  const lines = (seed: number): string =>
    Array.from({ length: 30_000 }, (_, line) => `// ${(line * 7919 + seed) % 100_003}`).join('\n')
  await publishPlugin(stage, { id: 'rewritten' }, `${lines(1)}\nexport default {}\n`)
  const { id } = accepted(
    await submit(
      stage.publisher,
      zipOf({ id: 'rewritten', version: '2.0.0' }, `${lines(50_000)}\nexport default {}\n`),
    ),
  ).package!
  const changes = (await changesOf(stage.reviewer, id))!
  expect(changes.files!.find((file) => file.path === 'main.js')).toMatchObject({
    change: 'CHANGED',
    diff: null,
  })
})

test('a version is never compared with one that the reader may not see', async () => {
  const acme = await openTenant(server, stage.admin, 'acme-reads')
  const of = { name: 'Of one', type: 'DEVELOPER' as const }
  const hidden = await makeRegistry(stage.admin, { ...of, slug: 'platform-only' })
  const open = await makeRegistry(stage.admin, {
    ...of,
    slug: 'acme-only',
    organizationId: acme.organizationId,
  })
  const admins = { admin: stage.admin, reviewer: stage.reviewer }
  const before = accepted(await submitTo(stage.publisher, hidden, { id: 'spread', version: '1.0.0' }))
  expect(await review(admins, before.package!.id)).toBe('APPROVED')
  const after = accepted(await submitTo(stage.publisher, open, { id: 'spread', version: '1.1.0' }))
  expect(await changesOf(stage.reviewer, after.package!.id)).toMatchObject({
    comparedTo: { version: '1.0.0' },
  })
  expect(await changesOf(acme.as.REVIEWER, after.package!.id)).toMatchObject({ comparedTo: null })
  await acme.close()
})
