import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  RevokePackageDocument,
  SearchPluginsDocument,
  YankPackageDocument,
  type PluginType,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { graphClient, type GraphClient } from '../../../scripts/lib/graph-client.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { approveAs, makeRegistry, openTenant, submitTo, type Tenant } from '../registries/support.ts'

let server: TestServer
let admin: GraphClient
let acme: Tenant
let globex: Tenant
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  admin = graphClient(server.url, server.adminKey)
  acme = await openTenant(server, admin, 'acme')
  globex = await openTenant(server, admin, 'globex')
})
afterAll(async () => {
  await Promise.all([acme.close(), globex.close(), admin.close()])
  await server.close()
})

test('the catalogue never repeats the words of a version that not everybody may see', async () => {
  const dev = await makeRegistry(acme.as.ADMIN, {
    slug: 'acme-dev',
    name: 'Of Acme',
    type: 'DEVELOPER',
    organizationId: acme.organizationId,
  })
  const open = { id: 'two-faced', version: '1.0.0', name: 'Open face' }
  const hidden = { id: 'two-faced', version: '2.0.0', name: 'Hidden face', description: 'Unannounced.' }
  const seen = async () => {
    const found = async (search: string) =>
      (await globex.as.VIEWER.request(SearchPluginsDocument, { filter: { search }, first: 5 })).plugins
    const [plugin] = (await found('two-faced')).nodes
    const { totalCount } = await found('hidden')
    return { name: plugin!.name, latest: plugin!.latestPackage?.version ?? null, found: totalCount }
  }
  const packageId = accepted(await submitTo(acme.as.PUBLISHER, undefined, open)).package!.id
  await approveAs(admin, packageId)
  await approveAs(acme.as.REVIEWER, accepted(await submitTo(acme.as.PUBLISHER, dev, hidden)).package!.id)
  expect(await seen()).toEqual({ name: 'Open face', latest: '1.0.0', found: 0 })
  const input = { packageId, reason: 'It leaks.' }
  accepted((await admin.request(YankPackageDocument, { input })).yankPackage)
  expect(await seen()).toEqual({ name: 'Open face', latest: null, found: 0 })
  accepted((await admin.request(RevokePackageDocument, { input })).revokePackage)
  expect(await seen()).toEqual({ name: 'Open face', latest: null, found: 0 })
})

test('a plugin whose latest version is of another type is found by that one', async () => {
  for (const change of [{ version: '1.0.0' }, { version: '2.0.0', type: 'workflow' }]) {
    const sent = await submitTo(acme.as.PUBLISHER, undefined, { id: 'turns-coat', ...change })
    await approveAs(admin, accepted(sent).package!.id)
  }
  const ofType = async (type: PluginType) => {
    const filter = { search: 'turns-coat', type: [type] }
    return (await admin.request(SearchPluginsDocument, { filter, first: 1 })).plugins.totalCount
  }
  expect([await ofType('WORKFLOW'), await ofType('INTEGRATION')]).toEqual([1, 0])
})
