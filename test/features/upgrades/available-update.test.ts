import { afterAll, beforeAll, expect, test } from 'vitest'
import { AvailableUpdatesDocument } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { newId } from '../../../src/lib/ids.ts'
import { versionKey } from '../../../src/lib/version-key.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import {
  install,
  openStage,
  publishPlugin,
  rowId,
  submit,
  zipOf,
  type TestStage,
} from '../../support/stage.ts'
import { upgrade } from './support.ts'

let queries = 0
let server: TestServer
let stage: TestStage
beforeAll(async () => {
  server = await startTestServer({ worker: false, onQuery: () => void queries++ })
  stage = await openStage(server)
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

async function updatesAt(siteId: string, first = 100) {
  const { installations } = await stage.operator.request(AvailableUpdatesDocument, { siteId, first })
  return installations.nodes.map(({ id, version, availableUpdate }) => ({
    id,
    version,
    to: availableUpdate?.version ?? null,
  }))
}

test('it is the highest approved version that the site can have: for its host, not yanked, no prerelease unasked', async () => {
  const [siteId] = stage.siteIds as [string]
  const id = accepted(await install(stage, await publishPlugin(stage, { id: 'lamp' }))).installation!.id
  expect(await updatesAt(siteId)).toEqual([{ id, version: '1.0.0', to: null }])
  await publishPlugin(stage, { id: 'lamp', version: '1.1.0' })
  await publishPlugin(stage, { id: 'lamp', version: '1.2.0' })
  const yanked = await publishPlugin(stage, { id: 'lamp', version: '1.3.0' })
  await server.app.database.pool.query(
    `update package set yanked_at = now(), yank_reason = 'Broken.' where id = $1`,
    [rowId(yanked)],
  )
  await publishPlugin(stage, { id: 'lamp', version: '1.4.0', engines: { host: '>=90', api: '^1' } })
  await publishPlugin(stage, { id: 'lamp', version: '2.0.0-beta.1' })
  await publishPlugin(stage, { id: 'lamp', version: '2.0.0-beta.2' })
  accepted(await submit(stage.publisher, zipOf({ id: 'lamp', version: '1.5.0' })))
  expect(await updatesAt(siteId)).toEqual([{ id, version: '1.0.0', to: '1.2.0' }])

  const { rows } = await server.app.database.pool.query<{ id: string }>(
    `select id from package where version = '2.0.0-beta.1'`,
  )
  const beta = Buffer.from(`Package:${rows[0]!.id}`).toString('base64')
  const onBeta = accepted(await upgrade(stage, id, beta)).installation!.id
  const told = await updatesAt(siteId)
  expect(told).toContainEqual({ id: onBeta, version: '2.0.0-beta.1', to: '2.0.0-beta.2' })
  expect(told).toContainEqual({ id, version: '1.0.0', to: null })
  expect(accepted(await upgrade(stage, onBeta)).installation).toMatchObject({ version: '2.0.0-beta.2' })
})

test('a hundred installations ask the database no more often than two', async () => {
  const { prisma } = server.app.database
  const siteId = rowId(stage.siteIds[1]!)
  const { organizationId } = await prisma.site.findUniqueOrThrow({
    where: { id: siteId },
    select: { organizationId: true },
  })
  const packageId = rowId(await publishPlugin(stage, { id: 'model' }))
  const model = await prisma.package.findUniqueOrThrow({ where: { id: packageId } })
  const at = new Date()
  const ids = Array.from({ length: 100 }, () => ({ pluginId: newId(), old: newId(), next: newId() }))
  await prisma.plugin.createMany({
    data: ids.map(({ pluginId: id }, index) => ({
      id,
      slug: `many-${index}`,
      name: 'M',
      description: '',
      type: 'WORKFLOW' as const,
      author: 'A',
      createdAt: at,
      updatedAt: at,
    })),
  })
  const { registryId, format, checksum, size, riskLevel } = model
  const common = {
    registryId,
    format,
    checksum,
    size,
    riskLevel,
    manifest: model.manifest!,
    validation: {},
    status: 'APPROVED' as const,
    submittedAt: at,
  }
  const versionOf = (id: string, pluginId: string, version: string) => {
    return { ...common, id, pluginId, version, versionKey: versionKey(version) }
  }
  await prisma.package.createMany({
    data: ids.flatMap(({ pluginId, old, next }) => [
      versionOf(old, pluginId, '1.0.0'),
      versionOf(next, pluginId, '1.1.0'),
    ]),
  })
  const place = { organizationId, siteId, status: 'INSTALLED' as const, installedAt: at }
  await prisma.installation.createMany({
    data: ids.map(({ pluginId, old }) => ({ id: newId(), pluginId, packageId: old, ...place })),
  })
  const counted = async (first: number): Promise<number> => {
    queries = 0
    const told = await updatesAt(stage.siteIds[1]!, first)
    expect(told.map(({ to }) => to)).toEqual(Array.from({ length: first }, () => '1.1.0'))
    return queries
  }
  await counted(2)
  const few = await counted(2)
  expect(await counted(100)).toBe(few)
})
