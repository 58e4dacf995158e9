import { expect, test, vi } from 'vitest'
import {
  ActivateInstallationDocument,
  ApprovePackageDocument,
  DispatchHookDocument,
  EmitEventDocument,
  InstallPluginDocument,
  InvocationsDocument,
  RevokePackageDocument,
  RunJobDocument,
  StartReviewDocument,
  SubmitPackageDocument,
} from '../../schema/generated/graphql.ts'
import { accepted } from '../../scripts/lib/accepted.ts'
import type { GraphClient } from '../../scripts/lib/graph-client.ts'
import { packZip } from '../../src/archive/pack.ts'
import { isAlive } from '../support/child-processes.ts'
import { clientOf, openCluster } from './support/cluster.ts'
import type { LaunchedService } from './support/launched-service.ts'
import { treeOf } from './support/process-tree.ts'
import { makeSites } from './support/stage.ts'

/** What is promised between the answer and the end of the code, in every process. */
const STOPPED = { timeout: 5_000, interval: 20 }
const BEGUN = { timeout: 20_000, interval: 50 }
/** Jobs that loop for ever: one of them does not run beside itself. */
const SPINNERS = Array.from({ length: 10 }, (_, at) => `spin-${at}`)

test('revoking stops a job that loops for ever in one process and a warm hook in another, and nothing of it runs after', async () => {
  const { start, key } = await openCluster({ PLUGIN_JOB_TIMEOUT_SECONDS: '120' })
  const [first, second] = await Promise.all([start('all'), start('all')])
  const [here, there] = await Promise.all([clientOf(first, key), clientOf(second, key)])
  const [siteId] = await makeSites(here, 'north')
  const packageId = await publish(here)
  const installationId = await activate(here, siteId!, packageId)

  // The hook is warm in the second process, and the job loops in the first.
  const hook = { siteId: siteId!, hook: 'order_check', payload: {} }
  const { dispatchHook } = await there.request(DispatchHookDocument, { input: hook })
  expect(accepted(dispatchHook).results.map(({ value }) => value)).toEqual([1])
  const [job, ...others] = SPINNERS.map((name) => ({ installationId, job: name, payload: null }))
  const looping = here.request(RunJobDocument, { input: { ...job!, wait: true } })
  await vi.waitUntil(async () => (await runs(there, 'RUNNING')).length === 1, BEGUN)
  // Seven more come into the same process; the ninth and tenth wait for their turn.
  const waiting = others.map((other) => here.request(RunJobDocument, { input: { ...other, wait: true } }))
  await vi.waitUntil(async () => (await runs(there, 'RUNNING')).length === 10, BEGUN)
  const before = [first, second].map((service) => runnersOf(service))

  const { revokePackage } = await there.request(RevokePackageDocument, {
    input: { packageId, reason: 'It leaks.' },
  })
  expect(accepted(revokePackage)).toMatchObject({
    affectedInstallations: 1,
    lastGoodPackage: null,
    package: { status: 'REVOKED', statusReason: 'It leaks.' },
  })
  // Each had one process with its code: that one is gone.
  await vi.waitUntil(() => before.every((pids) => pids.some((pid) => !isAlive(pid))), STOPPED)
  for (const { runJob } of await Promise.all([looping, ...waiting])) {
    expect(accepted(runJob).invocation).toMatchObject({
      outcome: 'CRASHED',
      error: 'Stopped: spinner 1.0.0 was revoked: It leaks.',
    })
  }

  const known = (await runs(here)).map(({ id }) => id)
  for (const client of [here, there]) {
    const answers = await client.request(DispatchHookDocument, { input: hook })
    expect(accepted(answers.dispatchHook).results).toEqual([])
    const { runJob } = await client.request(RunJobDocument, { input: { ...job!, wait: false } })
    expect(runJob.userErrors.map(({ code }) => code)).toEqual(['INVALID_STATE'])
    const event = { type: 'order.placed', siteId: siteId!, payload: {} }
    expect(accepted((await client.request(EmitEventDocument, { input: event })).emitEvent).subscribers).toBe(
      0,
    )
    const again = await client.request(ActivateInstallationDocument, { input: { installationId } })
    expect(again.activateInstallation.userErrors).not.toEqual([])
  }
  expect((await runs(here)).map(({ id }) => id)).toEqual(known)
  for (const service of [first, second]) {
    service.signal('SIGTERM')
    expect(await service.ended).toEqual({ code: 0, signal: null })
  }
}, 90_000)

/** Processes below a service, which run plugin code or stand ready to. */
function runnersOf(service: LaunchedService): number[] {
  const pid = service.process.pid!
  return treeOf(pid).filter((it) => it !== pid)
}

async function runs(client: GraphClient, status?: string) {
  const { invocations } = await client.request(InvocationsDocument, { first: 100 })
  return invocations.nodes.filter((it) => it.kind !== 'LIFECYCLE' && (status ?? it.status) === it.status)
}

async function activate(admin: GraphClient, siteId: string, packageId: string): Promise<string> {
  const input = { siteId, packageId, activate: true }
  const { installPlugin } = await admin.request(InstallPluginDocument, { input })
  return accepted(installPlugin).installation!.id
}

async function publish(admin: GraphClient): Promise<string> {
  const manifest = {
    manifestVersion: 1,
    id: 'spinner',
    name: 'Spinner',
    version: '1.0.0',
    description: 'Never ends.',
    author: { name: 'Patchbay' },
    license: 'MIT',
    type: 'workflow',
    entry: 'main.js',
    engines: { host: '*', api: '^1' },
    permissions: [],
    hooks: ['order_check'],
    events: ['order.placed'],
    jobs: SPINNERS.map((name) => ({ name, timeoutSeconds: 120 })),
  }
  const code = `import { definePlugin } from 'patchbay'
let calls = 0
export default definePlugin({
  hooks: { order_check: () => (calls += 1) },
  events: { 'order.placed': () => 'seen' },
  jobs: Object.fromEntries(${JSON.stringify(SPINNERS)}.map((name) => [name, () => { for (;;) {} }])),
})
`
  const bytes = packZip(
    new Map([
      ['manifest.json', Buffer.from(JSON.stringify(manifest))],
      ['main.js', Buffer.from(code)],
    ]),
  )
  const file = new File([new Uint8Array(bytes)], 'spinner.zip', { type: 'application/zip' })
  const { submitPackage } = await admin.request(SubmitPackageDocument, { input: { file } })
  const input = { packageId: accepted(submitPackage).package!.id }
  accepted((await admin.request(StartReviewDocument, { input })).startReview)
  accepted((await admin.request(ApprovePackageDocument, { input })).approvePackage)
  return input.packageId
}
