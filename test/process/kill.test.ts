import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import {
  CreateDeploymentDocument,
  DeploymentProgressDocument,
  EventsDocument,
  RunJobDocument,
} from '../../schema/generated/graphql.ts'
import { accepted } from '../../scripts/lib/accepted.ts'
import { graphClient } from '../../scripts/lib/graph-client.ts'
import { emptyDirectory, killIfThere, launch, nothingLeft, TEN_SECONDS } from './support/launched-service.ts'
import { publishSlowPlugin, runAtSite } from './support/slow-plugin.ts'
import { jobRuns, makeSites, queueJob } from './support/stage.ts'

const env = { PATCHBAY_ALLOW_SELF_REVIEW: 'true' }
/** Activating the second version and the jobs take so long, so that the kill comes amid them. */
const SLOW_MS = 3000

test('kill -9 leaves no process, and the next start finishes by itself what was half-done', async () => {
  const dataDirectory = await emptyDirectory()
  const service = launch({ dataDirectory, env })
  const { url, adminKey } = await service.greeting()
  const admin = graphClient(url, adminKey)
  const [north, south] = await makeSites(admin, 'north', 'south')
  const installationId = await runAtSite(admin, north!, await publishSlowPlugin(admin, {}))
  const queued = await queueJob(admin, installationId, SLOW_MS)
  const input = { installationId, job: 'more', payload: { ms: SLOW_MS }, wait: true }
  const waiting = expect(admin.request(RunJobDocument, { input })).rejects.toThrow()
  const packageId = await publishSlowPlugin(admin, { version: '2.0.0', activateMs: SLOW_MS })
  const { createDeployment } = await admin.request(CreateDeploymentDocument, {
    input: { type: 'INSTALL', packageId, siteIds: [south!] },
  })
  const deploymentId = accepted(createDeployment).deployment!.id
  for await (const { deploymentProgress } of admin.subscribe(DeploymentProgressDocument, { deploymentId })) {
    if (deploymentProgress.deployment.progress.running === 1) break
  }
  await vi.waitUntil(async () => {
    const runs = await jobRuns(admin)
    return runs.length === 2 && runs.every((run) => run.status === 'RUNNING')
  }, TEN_SECONDS)
  await service.processes()

  service.signal('SIGKILL')

  await nothingLeft(service)
  await waiting
  expect(await readdir(path.join(dataDirectory, 'database'))).not.toContain('postmaster.pid')

  const next = launch({ dataDirectory, env })
  const greeting = await next.greeting()
  expect(greeting.adminKey).toBe(adminKey)
  const again = graphClient(greeting.url, adminKey)
  const steps = []
  for await (const { deploymentProgress } of again.subscribe(DeploymentProgressDocument, { deploymentId })) {
    steps.push(deploymentProgress)
  }
  expect(steps.at(-1)).toMatchObject({ deployment: { status: 'COMPLETED', progress: { succeeded: 1 } } })
  const { events } = await again.request(EventsDocument, { type: 'deployment.target_changed', first: 10 })
  const statuses = events.nodes.map(({ payload }) => (payload as { status: string }).status)
  expect(statuses.toSorted()).toEqual(['RUNNING', 'SUCCEEDED'])
  await vi.waitUntil(async () => (await jobRuns(again)).every((run) => run.status === 'FINISHED'), {
    timeout: 20_000,
    interval: 50,
  })
  const runs = await jobRuns(again)
  expect(runs).toHaveLength(2)
  // Whose caller waited for it, is gone with the caller; what was queued runs again.
  expect(runs.find((run) => run.id === queued)).toMatchObject({ outcome: 'OK', error: null })
  expect(runs.find((run) => run.id !== queued)).toMatchObject({
    outcome: 'CRASHED',
    error: 'The process that ran it ended.',
  })
  next.signal('SIGTERM')
  expect(await next.ended).toEqual({ code: 0, signal: null })
}, 60_000)

test('kill -9 of all its processes at once: the next start removes the stale postmaster.pid and finds the data', async () => {
  const dataDirectory = await emptyDirectory()
  const service = launch({ dataDirectory })
  const { url, adminKey } = await service.greeting()
  await makeSites(graphClient(url, adminKey), 'north')
  const all = await service.processes()

  for (const pid of all) killIfThere(pid)

  await nothingLeft(service)
  expect(await readdir(path.join(dataDirectory, 'database'))).toContain('postmaster.pid')
  const next = launch({ dataDirectory })
  const greeting = await next.greeting()
  const { events } = await graphClient(greeting.url, adminKey).request(EventsDocument, {
    type: 'site.created',
    first: 5,
  })
  expect(events.nodes).toHaveLength(1)
  next.signal('SIGTERM')
  expect(await next.ended).toEqual({ code: 0, signal: null })
})
