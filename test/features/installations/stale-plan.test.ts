import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { SERVICE } from '../../../src/auth/actor.ts'
import { carryOutPlan } from '../../../src/features/installations/carry-out-plan.ts'
import { planInstallation } from '../../../src/features/installations/plan-installation.ts'
import { recoverInstallations } from '../../../src/features/installations/recover-installations.ts'
import { readSiteState } from '../../../src/features/installations/site-state.ts'
import { eventsOf, force, rowsOf, uninstall } from '../../support/life.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { install, openStage, publishPlugin, rowId, type TestStage } from '../../support/stage.ts'

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

describe('between a plan and its doing', () => {
  let top: string
  let packages: Record<'base' | 'lonely' | 'enemy' | 'dependent', string>
  let change: (() => Promise<unknown>) | null = null
  beforeAll(async () => {
    packages = {
      base: await publishPlugin(stage, { id: 'base' }),
      lonely: await publishPlugin(stage, { id: 'lonely' }),
      enemy: await publishPlugin(stage, { id: 'enemy', conflicts: { top: '*' } }),
      dependent: await publishPlugin(stage, { id: 'dependent', optionalDependencies: { top: '*' } }),
    }
    top = await publishPlugin(stage, { id: 'top', dependencies: { base: '*' } })
  })
  beforeEach(async () => {
    for (const slug of ['top', 'base', 'lonely', 'enemy', 'dependent']) {
      const row = (await rowsOf(server, slug)).at(-1)
      const id = Buffer.from(`Installation:${row?.id}`).toString('base64')
      if (row !== undefined && row.status !== 'UNINSTALLED')
        accepted(await uninstall(stage, id, { cascade: true }))
    }
  })

  /** Makes the plan, lets the site change, and carries the plan out. */
  async function carryOut(): Promise<unknown> {
    const { app } = server
    const { prisma } = app.database
    const site = await prisma.site.findUniqueOrThrow({ where: { id: rowId(stage.siteIds[0]!) } })
    const seen = await readSiteState(prisma, site.id)
    const plan = await planInstallation(app, site, rowId(top))
    const { pluginId: rootPluginId } = plan.steps.at(-1)!.candidate
    await change!()
    const order = { site, plan, seen, rootPluginId, configuration: {}, licenseKey: undefined }
    return await carryOutPlan(app, SERVICE, { ...order, activate: false })
  }
  const statuses = async (slug: string) => (await rowsOf(server, slug)).map((row) => row.status)

  test.each(['base', 'enemy', 'dependent'] as const)(
    '%s comes: the plan is stale, and nothing is begun',
    async (slug) => {
      const before = await statuses('top')
      change = () => install(stage, packages[slug]).then(accepted)
      await expect(carryOut()).rejects.toThrow('The site has changed')
      expect(await statuses('top')).toEqual(before)
    },
  )

  test('what it builds on goes: the plan is stale', async () => {
    const { installation } = accepted(await install(stage, packages.base))
    change = () => uninstall(stage, installation!.id).then(accepted)
    await expect(carryOut()).rejects.toThrow('The site has changed')
  })

  test("the host's version changes: the plan is stale", async () => {
    const setHost = (version: string) =>
      server.app.database.pool.query('update site set host_version = $1', [version])
    change = () => setHost('2.0.1')
    await expect(carryOut()).rejects.toThrow('The site has changed')
    await setHost('2.0.0')
  })

  test('something comes that it has nothing to do with: it is carried out', async () => {
    change = () => install(stage, packages.lonely).then(accepted)
    await carryOut()
    expect((await statuses('top')).at(-1)).toBe('INSTALLED')
  })
})

test('what a process that is no more left INSTALLING is undone; what was tried again is FAILED once more; told once', async () => {
  const packageId = await publishPlugin(stage, { id: 'orphan' })
  const { installation } = accepted(await install(stage, packageId))
  const leave = async (failure: string | null) => {
    await force(server, installation!.id, 'INSTALLING')
    await server.app.database.pool.query(
      `update installation set operation = 'install', process_id = gen_random_uuid(), failure = $2 where id = $1`,
      [rowId(installation!.id), failure],
    )
  }
  const row = async () => (await rowsOf(server, 'orphan'))[0]
  await leave('It had failed before.')
  await Promise.all([1, 2, 3].map(() => recoverInstallations(server.app)))
  const reason = 'The process that installed it ended.'
  expect(await row()).toMatchObject({ status: 'FAILED', failure: reason, operation: null })
  await leave(null)
  await Promise.all([1, 2, 3].map(() => recoverInstallations(server.app)))
  expect(await row()).toMatchObject({ status: 'UNINSTALLED', failure: reason, operation: null })
  expect(await eventsOf(server, 'orphan')).toEqual([
    'orphan plugin.installed -INSTALLED',
    'orphan plugin.failed INSTALLING-FAILED',
    'orphan plugin.failed INSTALLING-FAILED',
    'orphan plugin.uninstalled FAILED-UNINSTALLED',
  ])
})

test('what a living process is installing is left to it', async () => {
  const packageId = await publishPlugin(
    stage,
    { id: 'lively' },
    'export default { onInstall: () => new Promise((resolve) => setTimeout(resolve, 500)) }',
  )
  const answer = install(stage, packageId)
  await expect.poll(async () => (await rowsOf(server, 'lively'))[0]?.status).toBe('INSTALLING')
  await recoverInstallations(server.app)
  expect(accepted(await answer).installation!.status).toBe('INSTALLED')
})
