import { afterAll, beforeAll, expect, test } from 'vitest'
import { CreateDeploymentDocument, DeploymentProgressDocument } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { openStage, publishPlugin, rowId, run, type TestStage } from '../../support/stage.ts'

let server: TestServer
let stage: TestStage
beforeAll(async () => {
  server = await startTestServer()
  stage = await openStage(server)
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

/** Takes a package to sites and waits for the end. Returns `site status error` of each target as it was told. */
async function deploy(packageId: string, siteIds: string[], type: 'INSTALL' | 'UPGRADE' = 'INSTALL') {
  const { createDeployment } = await stage.operator.request(CreateDeploymentDocument, {
    input: { type, packageId, siteIds },
  })
  const deploymentId = accepted(createDeployment).deployment!.id
  const targets = new Map<string, { status: string; error: string | null }>()
  let status = ''
  for await (const { deploymentProgress } of stage.operator.subscribe(DeploymentProgressDocument, {
    deploymentId,
  })) {
    const { target, deployment } = deploymentProgress
    if (target) targets.set(target.site.slug, { status: target.status, error: target.error ?? null })
    status = deployment.status
  }
  const { rows } = await server.app.database.pool.query<{
    slug: string
    status: string
    error: string | null
  }>(
    'select s.slug, t.status, t.error from deployment_target t join site s on s.id = t.site_id where deployment_id = $1',
    [rowId(deploymentId)],
  )
  return { status, told: targets, targets: Object.fromEntries(rows.map((row) => [row.slug, row])) }
}

async function rowsOf(slug: string) {
  const { rows } = await server.app.database.pool.query<{
    id: string
    version: string
    status: string
    superseded_by_id: string | null
    failure: string | null
  }>(
    `select i.id, k.version, i.status, i.superseded_by_id, i.failure from installation i
       join package k on k.id = i.package_id join plugin p on p.id = i.plugin_id where p.slug = $1 order by i.id`,
    [slug],
  )
  return rows
}

test('an upgrade switches in one step: the old one INACTIVE and superseded, the new one ACTIVE', async () => {
  await run(stage, { id: 'good' }, 'export default {}')
  const next = await publishPlugin(stage, { id: 'good', version: '1.1.0' })
  expect(await deploy(next, [stage.siteIds[0]!])).toMatchObject({ status: 'COMPLETED' })
  const rows = await rowsOf('good')
  expect(rows).toEqual([
    expect.objectContaining({ version: '1.0.0', status: 'INACTIVE', superseded_by_id: rows[1]!.id }),
    expect.objectContaining({ version: '1.1.0', status: 'ACTIVE', superseded_by_id: null }),
  ])
})

test('where the new version fails, the old one stays ACTIVE, and the target says why', async () => {
  await run(stage, { id: 'fragile' }, 'export default {}')
  const next = await publishPlugin(
    stage,
    { id: 'fragile', version: '1.1.0' },
    `export default { onActivate() { throw new Error('broken') } }`,
  )
  const { status, targets } = await deploy(next, [stage.siteIds[0]!])
  expect(status).toBe('FAILED')
  expect(targets['north']).toMatchObject({
    status: 'FAILED',
    error: expect.stringContaining('broken') as string,
  })
  expect(await rowsOf('fragile')).toEqual([
    expect.objectContaining({ version: '1.0.0', status: 'ACTIVE', superseded_by_id: null }),
    expect.objectContaining({
      version: '1.1.0',
      status: 'FAILED',
      failure: expect.stringContaining('broken') as string,
    }),
  ])
  const mended = await publishPlugin(stage, { id: 'fragile', version: '1.1.1' })
  expect(await deploy(mended, [stage.siteIds[0]!])).toMatchObject({ status: 'COMPLETED' })
  expect((await rowsOf('fragile')).map((row) => row.status)).toEqual(['INACTIVE', 'FAILED', 'ACTIVE'])
})

test('a deployment installs where it is missing, skips where it is there, and refuses to go back', async () => {
  const [north, south, west] = stage.siteIds as [string, string, string]
  const first = await publishPlugin(stage, { id: 'mixed' })
  const second = await publishPlugin(stage, { id: 'mixed', version: '2.0.0' })
  await deploy(second, [north])
  const { status, targets } = await deploy(first, [north, south])
  expect(status).toBe('FAILED')
  expect(targets).toMatchObject({ north: { status: 'FAILED' }, south: { status: 'SUCCEEDED' } })
  expect(targets['north']!.error).toMatch(/older/)
  expect(await deploy(second, [north, south])).toMatchObject({
    status: 'COMPLETED',
    targets: { north: { status: 'SKIPPED' }, south: { status: 'SUCCEEDED' } },
  })
  expect(await deploy(second, [west], 'UPGRADE')).toMatchObject({ targets: { west: { status: 'SKIPPED' } } })
  expect((await rowsOf('mixed')).filter((row) => row.status === 'ACTIVE')).toHaveLength(2)
})
