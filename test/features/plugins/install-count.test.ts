import { afterAll, beforeAll, expect, test } from 'vitest'
import { CreateDeploymentDocument, DeploymentProgressDocument } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { ask } from '../../support/http.ts'
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
beforeAll(async () => {
  server = await startTestServer()
  stage = await openStage(server)
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

interface Counts {
  installCount: number
  packages: { nodes: { version: string; installCount: number }[] }
}

/** Of the plugin, then of each of its versions. */
async function countsOf(slug: string): Promise<Record<string, number>> {
  const { json } = await ask(
    server,
    'query ($slug: String!) { plugin(slug: $slug) { installCount packages { nodes { version installCount } } } }',
    { key: stage.operatorKey, variables: { slug } },
  )
  const { installCount, packages } = json!.data!['plugin'] as Counts
  return {
    plugin: installCount,
    ...Object.fromEntries(packages.nodes.map((it) => [it.version, it.installCount])),
  }
}

/** Takes a package to sites as an upgrade; its end state. */
async function upgrade(packageId: string, siteIds: string[]): Promise<string> {
  const { createDeployment } = await stage.operator.request(CreateDeploymentDocument, {
    input: { type: 'UPGRADE', packageId, siteIds },
  })
  const { id: deploymentId } = accepted(createDeployment).deployment!
  let status = ''
  for await (const { deploymentProgress } of stage.operator.subscribe(DeploymentProgressDocument, {
    deploymentId,
  })) {
    status = deploymentProgress.deployment.status
  }
  return status
}

test('an installation counts once for its plugin and its version, active or not', async () => {
  const packageId = await publishPlugin(stage, { id: 'counted' })
  expect(await countsOf('counted')).toEqual({ plugin: 0, '1.0.0': 0 })
  accepted(await install(stage, packageId))
  accepted(await install(stage, packageId, { siteId: stage.siteIds[1]!, activate: true }))
  expect(await countsOf('counted')).toEqual({ plugin: 2, '1.0.0': 2 })
  const again = await install(stage, packageId)
  expect(again.userErrors.length, 'a second one at the same site is refused').toBeGreaterThan(0)
  expect(await countsOf('counted')).toEqual({ plugin: 2, '1.0.0': 2 })
})

test('an upgrade moves the count to the new version, and one that fails moves nothing', async () => {
  const code = 'export default {}'
  await run(stage, { id: 'upgraded' }, code, stage.siteIds[0])
  const next = await publishPlugin(stage, { id: 'upgraded', version: '1.1.0' }, code)
  expect(await upgrade(next, [stage.siteIds[0]!])).toBe('COMPLETED')
  expect(await countsOf('upgraded')).toEqual({ plugin: 1, '1.0.0': 0, '1.1.0': 1 })
  const broken = await publishPlugin(
    stage,
    { id: 'upgraded', version: '1.2.0' },
    'export function onActivate() { throw new Error("not here") }\nexport default { onActivate }',
  )
  expect(await upgrade(broken, [stage.siteIds[0]!])).toBe('FAILED')
  expect(await countsOf('upgraded')).toEqual({ plugin: 1, '1.0.0': 0, '1.1.0': 1, '1.2.0': 0 })
})

test('what cannot start counts while it is installed, and what has failed or is uninstalled does not', async () => {
  const packageId = await publishPlugin(
    stage,
    { id: 'failing' },
    'export default { onActivate() { throw new Error("not here") } }',
  )
  const refused = await install(stage, packageId, { activate: true })
  expect(refused.userErrors).not.toEqual([])
  expect(await countsOf('failing')).toEqual({ plugin: 0, '1.0.0': 0 })
  const installationId = accepted(await install(stage, packageId)).installation!.id
  expect(codesOf(await activate(stage, installationId))).toEqual(['SANDBOX_ERROR'])
  expect(await countsOf('failing')).toEqual({ plugin: 1, '1.0.0': 1 })
  for (const [status, count] of [
    ['FAILED', 0],
    ['INSTALLING', 0],
    ['INACTIVE', 1],
    ['UNINSTALLED', 0],
    ['UNINSTALLED', 0],
  ] as const) {
    await server.app.database.prisma.installation.updateMany({
      where: { id: rowId(installationId) },
      data: { status, failure: 'It was forced.' },
    })
    expect(await countsOf('failing'), status).toEqual({ plugin: count, '1.0.0': count })
  }
})

test('the counts are right when many sites install at once, and none is negative', async () => {
  const packageId = await publishPlugin(stage, { id: 'at-once' })
  await Promise.all(
    stage.siteIds.flatMap((siteId) =>
      [1, 2, 3].map(() => install(stage, packageId, { siteId }).catch(() => null)),
    ),
  )
  const sites = stage.siteIds.length
  expect(await countsOf('at-once')).toEqual({ plugin: sites, '1.0.0': sites })
})
