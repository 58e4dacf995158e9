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

const env = { PATCHBAY_ALLOW_SELF_REVIEW: 'true', PLUGIN_PROCESSES: '4' }

test('kill -9 amid an upgrade and a rollback: what was in force is, the upgrade migrates nothing twice, the rollback goes on by itself', async () => {
  const dataDirectory = await emptyDirectory()
  const service = launch({ dataDirectory, env })
  const { url, adminKey } = await service.greeting()
  const admin = graphClient(url, adminKey)
  const [siteId] = await makeSites(admin, 'north')
  const installationId = await runAtSite(admin, siteId!, await publish(admin, '1.0.0', ''))
  const sickly = await runAtSite(admin, siteId!, await publish(admin, '1.0.0', '', 'sickly'))
  const ill = await publish(
    admin,
    '2.0.0',
    "health: () => ({ status: 'unhealthy', message: 'ill' }),",
    'sickly',
  )
  const hanging = await publish(admin, '1.1.0', 'onUpgrade: () => new Promise(() => {}),')
  const input = { installationId, packageId: hanging }
  const broken = expect(admin.request(UpgradeInstallationDocument, { input })).rejects.toThrow()
  await vi.waitUntil(async () => (await statuses(admin)).includes('1.1.0 INSTALLING'), TEN_SECONDS)
  await vi.waitUntil(async () => (await migrations(admin)).length > 0, TEN_SECONDS)
  const worse = { installationId: sickly, packageId: ill }
  const goingBack = expect(admin.request(UpgradeInstallationDocument, { input: worse })).rejects.toThrow()
  await service.processes()
  await vi.waitUntil(async () => await isGoingBack(admin), TEN_SECONDS)

  service.signal('SIGKILL')

  await nothingLeft(service)
  await broken
  await goingBack
  const next = launch({ dataDirectory, env })
  const greeting = await next.greeting()
  const again = graphClient(greeting.url, adminKey)
  await vi.waitUntil(async () => (await statuses(again)).includes('1.1.0 FAILED'), TEN_SECONDS)
  expect(await statuses(again)).toEqual(['1.1.0 FAILED', '1.0.0 ACTIVE'])
  await vi.waitUntil(async () => (await statuses(again, 'sickly'))[0] === '1.0.0 ACTIVE', {
    timeout: 20_000,
    interval: 50,
  })
  const { events } = await again.request(EventsDocument, { type: 'plugin.failed', first: 10 })
  const told = events.nodes.map(({ payload }) => payload as { slug: string; version: string; status: string })
  expect(told.filter(({ slug }) => slug === 'mover')).toMatchObject([{ version: '1.1.0', status: 'FAILED' }])
  const mended = { installationId, packageId: await publish(again, '1.1.1', '') }
  const upgraded = await again.request(UpgradeInstallationDocument, { input: mended })
  expect(accepted(upgraded.upgradeInstallation).installation!.status).toBe('ACTIVE')
  expect(await migrations(again)).toEqual(['migrations/mover.js#up'])
  next.signal('SIGTERM')
  expect(await next.ended).toEqual({ code: 0, signal: null })
}, 60_000)

/** Going back from it takes long enough to be killed amid that. */
const SICKLY = `export function up() {}
export async function down() { await new Promise((resolve) => setTimeout(resolve, 3000)) }
`

/** A plugin that migrates data on the way to 1.1.0. */
async function publish(admin: GraphClient, version: string, hooks: string, id = 'mover'): Promise<string> {
  const manifest = {
    manifestVersion: 1,
    id,
    name: id,
    version,
    description: 'Moves its data.',
    author: { name: 'Patchbay' },
    license: 'MIT',
    type: 'workflow',
    entry: 'main.js',
    engines: { host: '*', api: '^1' },
    permissions: [],
    migrations:
      version === '1.0.0'
        ? []
        : [{ version: id === 'mover' ? '1.1.0' : version, entry: `migrations/${id}.js` }],
  }
  const files = new Map([
    ['manifest.json', Buffer.from(JSON.stringify(manifest))],
    ['main.js', Buffer.from(`export default { ${hooks} }\n`)],
    ['migrations/mover.js', Buffer.from('export function up() {}\n')],
    ['migrations/sickly.js', Buffer.from(SICKLY)],
  ])
  const file = new File([new Uint8Array(packZip(files))], 'mover.zip', { type: 'application/zip' })
  const { submitPackage } = await admin.request(SubmitPackageDocument, { input: { file } })
  const input = { packageId: accepted(submitPackage).package!.id }
  accepted((await admin.request(StartReviewDocument, { input })).startReview)
  accepted((await admin.request(ApprovePackageDocument, { input })).approvePackage)
  return input.packageId
}

/** `version status`, newest first. */
async function statuses(client: GraphClient, of = 'mover'): Promise<string[]> {
  const variables = { organization: 'acme', site: 'north', first: 10 }
  const { site } = await client.request(SiteInstallationsDocument, variables)
  const rows = site!.installations.nodes.filter(({ plugin }) => plugin.slug === of)
  return rows.map(({ version, status }) => `${version} ${status}`)
}

async function isGoingBack(client: GraphClient): Promise<boolean> {
  const { invocations } = await client.request(InvocationsDocument, { kind: ['MIGRATION'], first: 20 })
  return invocations.nodes.some(({ name, status }) => name.endsWith('sickly.js#down') && status === 'RUNNING')
}

/** Migrations that were well. */
async function migrations(client: GraphClient): Promise<string[]> {
  const { invocations } = await client.request(InvocationsDocument, { kind: ['MIGRATION'], first: 20 })
  const well = invocations.nodes.filter(({ outcome }) => outcome === 'OK').map(({ name }) => name)
  return well.filter((name) => name.includes('mover'))
}
