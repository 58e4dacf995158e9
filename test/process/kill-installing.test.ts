import { expect, test, vi } from 'vitest'
import {
  EventsDocument,
  InstallPluginDocument,
  IssueLicenseDocument,
  LicenseByIdDocument,
  PluginBySlugDocument,
  SiteInstallationsDocument,
  UpdatePluginDocument,
} from '../../schema/generated/graphql.ts'
import { accepted } from '../../scripts/lib/accepted.ts'
import { graphClient, type GraphClient } from '../../scripts/lib/graph-client.ts'
import { emptyDirectory, launch, nothingLeft, TEN_SECONDS } from './support/launched-service.ts'
import { publishSlowPlugin } from './support/slow-plugin.ts'
import { makeSites } from './support/stage.ts'

const env = { PATCHBAY_ALLOW_SELF_REVIEW: 'true' }

test('kill -9 amid a plan: the next start undoes what was INSTALLING, gives its seat back, tells it, and the plugin can be installed anew', async () => {
  const dataDirectory = await emptyDirectory()
  const service = launch({ dataDirectory, env })
  const { url, adminKey } = await service.greeting()
  const admin = graphClient(url, adminKey)
  const [siteId] = await makeSites(admin, 'north')
  const packageId = await publishSlowPlugin(admin, { activateMs: 20_000 })
  const licenseId = await issueOneSeat(admin, siteId!)
  const input = { siteId: siteId!, packageId, activate: true }
  const broken = expect(admin.request(InstallPluginDocument, { input })).rejects.toThrow()
  await vi.waitUntil(async () => (await statuses(admin))[0] === 'INSTALLING', TEN_SECONDS)
  expect(await seatsTaken(admin, licenseId)).toBe(1)
  await service.processes()

  service.signal('SIGKILL')

  await nothingLeft(service)
  await broken
  const next = launch({ dataDirectory, env })
  const greeting = await next.greeting()
  const again = graphClient(greeting.url, adminKey)
  await vi.waitUntil(async () => (await statuses(again))[0] === 'UNINSTALLED', TEN_SECONDS)
  const { events } = await again.request(EventsDocument, { type: 'plugin.*', first: 2 })
  expect(events.nodes.map(({ type, payload }) => ({ type, payload }))).toMatchObject([
    { type: 'plugin.uninstalled', payload: { previousStatus: 'FAILED', status: 'UNINSTALLED' } },
    { type: 'plugin.failed', payload: { reason: 'The process that installed it ended.' } },
  ])
  // The seat was given back, and is there for the next.
  expect(await seatsTaken(again, licenseId)).toBe(0)
  const anew = await again.request(InstallPluginDocument, { input: { siteId: siteId!, packageId } })
  expect(accepted(anew.installPlugin).installation!.status).toBe('INSTALLED')
  expect(await seatsTaken(again, licenseId)).toBe(1)
  next.signal('SIGTERM')
  expect(await next.ended).toEqual({ code: 0, signal: null })
}, 60_000)

async function statuses(client: GraphClient): Promise<string[]> {
  const variables = { organization: 'acme', site: 'north', first: 5 }
  const { site } = await client.request(SiteInstallationsDocument, variables)
  return site!.installations.nodes.map(({ status }) => status)
}

/** The slow plugin needs a licence, and there is one of a single seat. */
async function issueOneSeat(client: GraphClient, siteId: string): Promise<string> {
  const pluginId = (await client.request(PluginBySlugDocument, { slug: 'slow' })).plugin!.id
  const policy = { pluginId, licensePolicy: { required: true } }
  accepted((await client.request(UpdatePluginDocument, { input: policy })).updatePlugin)
  const input = { pluginId, type: 'SITE' as const, siteId, maxInstallations: 1 }
  return accepted((await client.request(IssueLicenseDocument, { input })).issueLicense).license!.id
}

/** As the licence counts them; each is held by an installation. */
async function seatsTaken(client: GraphClient, id: string): Promise<number> {
  const { node } = await client.request(LicenseByIdDocument, { id })
  const { usedInstallations, installations } = node as {
    usedInstallations: number
    installations: { nodes: { status: string }[] }
  }
  const there = installations.nodes.filter(({ status }) => status !== 'UNINSTALLED')
  expect(there).toHaveLength(usedInstallations)
  return usedInstallations
}
