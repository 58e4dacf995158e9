import { expect, test, vi } from 'vitest'
import {
  ApprovePackageDocument,
  EventsDocument,
  InvocationsDocument,
  SiteInstallationsDocument,
  StartReviewDocument,
  SubmitPackageDocument,
  UpgradeInstallationDocument,
} from '../../schema/generated/graphql.ts'
import { accepted } from '../../scripts/lib/accepted.ts'
import { graphClient, type GraphClient } from '../../scripts/lib/graph-client.ts'
import { packZip } from '../../src/archive/pack.ts'
import { emptyDirectory, launch, nothingLeft, TEN_SECONDS } from './support/launched-service.ts'
import { runAtSite } from './support/slow-plugin.ts'
import { makeSites } from './support/stage.ts'

const env = { PATCHBAY_ALLOW_SELF_REVIEW: 'true' }

test('kill -9 amid an upgrade: the former version is ACTIVE at the next start, and the next attempt does no migration twice', async () => {
  const dataDirectory = await emptyDirectory()
  const service = launch({ dataDirectory, env })
  const { url, adminKey } = await service.greeting()
  const admin = graphClient(url, adminKey)
  const [siteId] = await makeSites(admin, 'north')
  const installationId = await runAtSite(admin, siteId!, await publish(admin, '1.0.0', ''))
  const hanging = await publish(admin, '1.1.0', 'onUpgrade: () => new Promise(() => {}),')
  const input = { installationId, packageId: hanging }
  const broken = expect(admin.request(UpgradeInstallationDocument, { input })).rejects.toThrow()
  await vi.waitUntil(async () => (await statuses(admin)).includes('1.1.0 INSTALLING'), TEN_SECONDS)
  await vi.waitUntil(async () => (await migrations(admin)).length > 0, TEN_SECONDS)
  await service.processes()

  service.signal('SIGKILL')

  await nothingLeft(service)
  await broken
  const next = launch({ dataDirectory, env })
  const greeting = await next.greeting()
  const again = graphClient(greeting.url, adminKey)
  await vi.waitUntil(async () => (await statuses(again)).includes('1.1.0 FAILED'), TEN_SECONDS)
  expect(await statuses(again)).toEqual(['1.1.0 FAILED', '1.0.0 ACTIVE'])
  const { events } = await again.request(EventsDocument, { type: 'plugin.failed', first: 10 })
  expect(events.nodes).toMatchObject([{ payload: { version: '1.1.0', status: 'FAILED' } }])
  const mended = { installationId, packageId: await publish(again, '1.1.1', '') }
  const upgraded = await again.request(UpgradeInstallationDocument, { input: mended })
  expect(accepted(upgraded.upgradeInstallation).installation!.status).toBe('ACTIVE')
  expect(await migrations(again)).toEqual(['migrations/1.1.0.js#up'])
  next.signal('SIGTERM')
  expect(await next.ended).toEqual({ code: 0, signal: null })
}, 60_000)

/** A plugin that migrates data on the way to 1.1.0. */
async function publish(admin: GraphClient, version: string, hooks: string): Promise<string> {
  const manifest = {
    manifestVersion: 1,
    id: 'mover',
    name: 'Mover',
    version,
    description: 'Moves its data.',
    author: { name: 'Patchbay' },
    license: 'MIT',
    type: 'workflow',
    entry: 'main.js',
    engines: { host: '*', api: '^1' },
    permissions: [],
    migrations: version === '1.0.0' ? [] : [{ version: '1.1.0', entry: 'migrations/1.1.0.js' }],
  }
  const files = new Map([
    ['manifest.json', Buffer.from(JSON.stringify(manifest))],
    ['main.js', Buffer.from(`export default { ${hooks} }\n`)],
    ['migrations/1.1.0.js', Buffer.from('export function up() {}\n')],
  ])
  const file = new File([new Uint8Array(packZip(files))], 'mover.zip', { type: 'application/zip' })
  const { submitPackage } = await admin.request(SubmitPackageDocument, { input: { file } })
  const input = { packageId: accepted(submitPackage).package!.id }
  accepted((await admin.request(StartReviewDocument, { input })).startReview)
  accepted((await admin.request(ApprovePackageDocument, { input })).approvePackage)
  return input.packageId
}

/** `version status`, newest first. */
async function statuses(client: GraphClient): Promise<string[]> {
  const variables = { organization: 'acme', site: 'north', first: 5 }
  const { site } = await client.request(SiteInstallationsDocument, variables)
  return site!.installations.nodes.map(({ version, status }) => `${version} ${status}`)
}

/** Migrations that were well. */
async function migrations(client: GraphClient): Promise<string[]> {
  const { invocations } = await client.request(InvocationsDocument, { kind: ['MIGRATION'], first: 20 })
  return invocations.nodes.filter(({ outcome }) => outcome === 'OK').map(({ name }) => name)
}
