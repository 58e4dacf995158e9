import { expect, test, vi } from 'vitest'
import { graphClient } from '../../scripts/lib/graph-client.ts'
import { emptyDirectory, launch, TEN_SECONDS } from './support/launched-service.ts'
import { publishSlowPlugin, runAtSite } from './support/slow-plugin.ts'
import { jobRuns, makeSites, queueJob } from './support/stage.ts'

test('Ctrl-C in a terminal reaches all processes of the group, and the job that runs still ends well', async () => {
  const dataDirectory = await emptyDirectory()
  const env = { PATCHBAY_ALLOW_SELF_REVIEW: 'true' }
  const service = launch({ dataDirectory, env })
  const { url, adminKey } = await service.greeting()
  const admin = graphClient(url, adminKey)
  const [siteId] = await makeSites(admin, 'north')
  const installationId = await runAtSite(admin, siteId!, await publishSlowPlugin(admin, {}))
  await queueJob(admin, installationId, 1500)
  await vi.waitUntil(async () => (await jobRuns(admin))[0]?.status === 'RUNNING', TEN_SECONDS)
  service.signalGroup('SIGINT')
  await service.ended

  const next = launch({ dataDirectory, env })
  const greeting = await next.greeting()
  const runs = await jobRuns(graphClient(greeting.url, greeting.adminKey))
  expect(runs).toMatchObject([{ status: 'FINISHED', outcome: 'OK' }])
})
