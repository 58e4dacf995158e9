import { afterAll, beforeAll, expect, test } from 'vitest'
import { SubmissionsDocument, type Role } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { graphClient, type GraphClient } from '../../../scripts/lib/graph-client.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { codesOf, refusalOf, rowId } from '../../support/stage.ts'
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

const refusalsSeenBy = async (client: GraphClient, slug: string) =>
  (await client.request(SubmissionsDocument, { slug, accepted: false, first: 10 })).submissions.nodes

test('an attempt under the plugin id of another publisher is remembered, for who made it', async () => {
  accepted(await submitTo(acme.as.PUBLISHER, undefined, { id: 'taken' }))
  const attempt = submitTo(globex.as.PUBLISHER, undefined, { id: 'taken', version: '2.0.0' })
  expect(await refusalOf(attempt)).toMatchObject({ code: 'FORBIDDEN' })
  expect(await refusalsSeenBy(globex.as.PUBLISHER, 'taken')).toMatchObject([
    { version: '2.0.0', refusal: expect.stringContaining('FORBIDDEN: The plugin id "taken" belongs to') },
  ])
  expect(await refusalsSeenBy(acme.as.PUBLISHER, 'taken')).toEqual([])
})

test('publishers of the platform see what others submitted in its name; those of organizations do not', async () => {
  const refused = await submitTo(platform.ADMIN, undefined, { id: 'platforms', version: 'one' })
  expect(codesOf(refused)).toEqual(['MANIFEST_INVALID'])
  expect(await refusalsSeenBy(platform.PUBLISHER, 'platforms')).toHaveLength(1)
  expect(await refusalsSeenBy(acme.as.PUBLISHER, 'platforms')).toEqual([])
})

test('an attempt tells nothing of a package in a registry that its reader may not see, and stands in the log of whose it is', async () => {
  const first = accepted(await submitTo(acme.as.PUBLISHER, undefined, { id: 'spread' })).package!.id
  await approveAs(platform.REVIEWER, first)
  const { organizationId } = globex
  const place = { slug: 'globex-own', name: 'Own', type: 'ENTERPRISE' as const, organizationId }
  const own = await makeRegistry(globex.as.ADMIN, place)
  const second = { id: 'spread', version: '1.1.0' }
  const packageId = accepted(await submitTo(platform.PUBLISHER, own, second)).package!.id
  const seenBy = async (client: GraphClient) => {
    const { submissions } = await client.request(SubmissionsDocument, { slug: 'spread', first: 10 })
    return submissions.nodes.map((it) => [it.version, it.package !== null])
  }
  expect(await seenBy(acme.as.PUBLISHER)).toEqual([
    ['1.1.0', false],
    ['1.0.0', true],
  ])
  expect(await seenBy(platform.REVIEWER)).toContainEqual(['1.1.0', true])
  const audited = await server.app.database.prisma.auditEntry.findFirstOrThrow({
    where: { action: 'package.submitted', subjectId: rowId(packageId) },
  })
  expect(audited.organizationId).toBe(rowId(organizationId))
})
