import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  ApprovePackageDocument,
  CreateApiKeyDocument,
  EmitEventDocument,
  PackageChangedDocument,
  PackageReviewDocument,
  RejectPackageDocument,
  ReviewQueueDocument,
  RevokePackageDocument,
  StartReviewDocument,
  YankPackageDocument,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { graphClient, type GraphClient } from '../../../scripts/lib/graph-client.ts'
import { visibleApiKeys } from '../../../src/features/tenancy/policy.ts'
import { newId } from '../../../src/lib/ids.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { refusalOf, rowId } from '../../support/stage.ts'
import { approveAs, openTenant, submitTo, type Tenant } from '../registries/support.ts'

let server: TestServer
let admin: GraphClient
let acme: Tenant
let globex: Tenant
let queries: string[]
beforeAll(async () => {
  queries = []
  server = await startTestServer({ worker: false, onQuery: (sql) => void queries.push(sql) })
  admin = graphClient(server.url, server.adminKey)
  acme = await openTenant(server, admin, 'acme')
  globex = await openTenant(server, admin, 'globex')
})
afterAll(async () => {
  await Promise.all([acme.close(), globex.close(), admin.close()])
  await server.close()
})

const submitted = async (id: string): Promise<string> =>
  accepted(await submitTo(acme.as.PUBLISHER, undefined, { id })).package!.id

test('a stranger learns the name of who submitted and decided, and nothing of their organizations', async () => {
  const packageId = await submitted('whose')
  await approveAs(admin, packageId)
  const review = async (by: GraphClient) => {
    const { node } = await by.request(PackageReviewDocument, { id: packageId })
    return node as Extract<typeof node, { submittedBy?: unknown }>
  }
  const { submittedBy, reviews } = await review(globex.as.ADMIN)
  const nothing = { prefix: '', memberships: [] }
  expect(submittedBy).toMatchObject({ name: 'PUBLISHER', ...nothing })
  expect(reviews.map(({ reviewer }) => reviewer)).toEqual([
    expect.objectContaining({ name: 'admin', ...nothing }),
    expect.objectContaining({ name: 'admin', ...nothing }),
  ])
  expect(
    await refusalOf(globex.as.ADMIN.request(PackageReviewDocument, { id: submittedBy!.id })),
  ).toMatchObject({
    code: 'NOT_FOUND',
  })
  // Those of the organization see where their own belong; who manages the keys sees all of them.
  const inHouse = (await review(acme.as.VIEWER)).submittedBy
  expect(inHouse).toMatchObject({
    prefix: '',
    memberships: [{ role: 'PUBLISHER', organization: { slug: 'acme' } }],
  })
  const managed = (await review(acme.as.ADMIN)).submittedBy
  expect(managed).toMatchObject({ prefix: expect.stringMatching(/^pbk_/) as string })
  const own = (await review(acme.as.PUBLISHER)).submittedBy
  expect(own).toEqual(managed)
})

test('a key without any membership is nobody’s but the platform’s to see', async () => {
  const input = { name: 'Bare', role: 'VIEWER' as const, organizationId: acme.organizationId }
  const { createApiKey } = await admin.request(CreateApiKeyDocument, { input })
  const { id } = accepted(createApiKey).apiKey!
  await server.app.database.pool.query('delete from membership where principal_id = $1', [rowId(id)])
  const seenBy = (organizationId: string | null) =>
    server.app.database.prisma.apiKey.count({
      where: {
        AND: [
          { id: rowId(id) },
          visibleApiKeys({
            principalId: newId(),
            kind: 'api-key',
            grants: [{ role: 'ADMIN', organizationId, permissions: null }],
          }),
        ],
      },
    })
  expect(await seenBy(rowId(globex.organizationId))).toBe(0)
  expect(await seenBy(null)).toBe(1)
})

test('a page of packages asks for its people once, not once each', async () => {
  for (let index = 0; index < 5; index += 1) await submitted(`paged-${index}`)
  const ask = async (first: number): Promise<number> => {
    queries.length = 0
    await acme.as.PUBLISHER.request(ReviewQueueDocument, { first })
    return queries.length
  }
  expect(await ask(6)).toBe(await ask(2))
})

test('the publisher hears each change live, and all of them again behind a cursor', async () => {
  const emit = { type: 'story.begins', siteId: acme.siteIds[0]!, payload: {} }
  const start = accepted((await admin.request(EmitEventDocument, { input: emit })).emitEvent).event!.cursor
  const live = acme.as.PUBLISHER.subscribe(PackageChangedDocument, { after: start })
  const first = await submitted('live-a')
  accepted((await admin.request(StartReviewDocument, { input: { packageId: first } })).startReview)
  const rejection = { packageId: first, reason: 'It has no licence.' }
  accepted((await admin.request(RejectPackageDocument, { input: rejection })).rejectPackage)
  const second = await submitted('live-b')
  const input = { packageId: second }
  accepted((await admin.request(StartReviewDocument, { input })).startReview)
  accepted((await admin.request(ApprovePackageDocument, { input })).approvePackage)
  const because = { ...input, reason: 'It leaks.' }
  accepted((await acme.as.PUBLISHER.request(YankPackageDocument, { input: because })).yankPackage)
  accepted((await admin.request(RevokePackageDocument, { input: because })).revokePackage)
  const expected = [
    ['live-a', null],
    ['live-a', 'PENDING_REVIEW'],
    ['live-a', 'IN_REVIEW'],
    ['live-b', null],
    ['live-b', 'PENDING_REVIEW'],
    ['live-b', 'IN_REVIEW'],
    ['live-b', 'APPROVED'],
    ['live-b', 'APPROVED'],
  ]
  const take = async (stream: typeof live, count: number) => {
    const changes: { cursor: string; change: unknown[] }[] = []
    for await (const { packageChanged } of stream) {
      const { cursor, previousStatus, package: changed } = packageChanged
      changes.push({ cursor, change: [changed.plugin.slug, previousStatus] })
      if (changes.length === count) break
    }
    return changes
  }
  const heard = await take(live, expected.length)
  expect(heard.map(({ change }) => change)).toEqual(expected)
  const again = acme.as.PUBLISHER.subscribe(PackageChangedDocument, { after: heard[3]!.cursor })
  expect((await take(again, 4)).map(({ change }) => change)).toEqual(expected.slice(4))
  // Others hear of what they may see only: what was let in.
  const theirs = globex.as.VIEWER.subscribe(PackageChangedDocument, { after: start })
  expect(new Set((await take(theirs, 5)).map(({ change }) => change[0]))).toEqual(new Set(['live-b']))
})
