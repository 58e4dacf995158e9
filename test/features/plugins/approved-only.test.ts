import { afterAll, beforeAll, expect, test } from 'vitest'
import { SearchPluginsDocument, YankPackageDocument, type Role } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { graphClient, type GraphClient } from '../../../scripts/lib/graph-client.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { approveAs, keysOf, makeRegistry, openTenant, submitTo, type Tenant } from '../registries/support.ts'

let server: TestServer
let admin: GraphClient
let acme: Tenant
let globex: Tenant
let platform: Record<Role, GraphClient>
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  admin = graphClient(server.url, server.adminKey)
  acme = await openTenant(server, admin, 'acme')
  globex = await openTenant(server, admin, 'globex')
  platform = await keysOf(server, admin)
})
afterAll(async () => {
  for (const client of Object.values(platform)) await client.close()
  await Promise.all([acme.close(), globex.close(), admin.close()])
  await server.close()
})

/** Publishes a version in the platform's name. Returns its id. */
async function publish(id: string, version: string, registryId?: string): Promise<string> {
  const packageId = accepted(await submitTo(platform.PUBLISHER, registryId, { id, version })).package!.id
  await approveAs(platform.REVIEWER, packageId)
  return packageId
}

/** Plugins with an approved release; the same with a search as without one. */
async function approved(client: GraphClient): Promise<string[]> {
  const slugs: string[][] = []
  for (const search of [null, 'release']) {
    const filter = { approvedOnly: true, search }
    const { plugins } = await client.request(SearchPluginsDocument, { filter, first: 50 })
    expect(plugins.totalCount).toBe(plugins.nodes.length)
    slugs.push(plugins.nodes.map((plugin) => plugin.slug).sort())
  }
  expect(slugs[1]).toEqual(slugs[0])
  return slugs[0]!
}

test('a release that the viewer may not see does not count, and one that he may see counts whoever has a higher one', async () => {
  const registryOf = async ({ organizationId, organizationSlug, as }: Tenant): Promise<string> =>
    await makeRegistry(as.ADMIN, {
      slug: `${organizationSlug}-own`,
      name: 'Own',
      type: 'ENTERPRISE',
      organizationId,
    })
  const own = await registryOf(acme)
  const theirs = await registryOf(globex)
  await publish('release-early', '1.0.0-rc.1')
  await publish('release-early', '1.0.0', own)
  await publish('release-twice', '1.0.0', own)
  await publish('release-twice', '2.0.0', theirs)
  const withdrawn = await publish('release-withdrawn', '1.0.0')
  await publish('release-withdrawn', '1.1.0', own)
  const input = { packageId: withdrawn, reason: 'It is slow.' }
  accepted((await platform.PUBLISHER.request(YankPackageDocument, { input })).yankPackage)

  const all = ['release-early', 'release-twice', 'release-withdrawn']
  expect(await approved(acme.as.VIEWER)).toEqual(all)
  expect(await approved(globex.as.VIEWER)).toEqual(['release-twice'])
  expect(await approved(platform.REVIEWER)).toEqual(all)
})
