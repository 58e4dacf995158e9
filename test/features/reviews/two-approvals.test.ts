import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  ApprovePackageDocument,
  CreateApiKeyDocument,
  PackageReviewDocument,
  StartReviewDocument,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { graphClient, type GraphClient } from '../../../scripts/lib/graph-client.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { codesOf, openStage, refusalOf, rowId, submit, zipOf, type TestStage } from '../../support/stage.ts'

let server: TestServer
let stage: TestStage
let second: GraphClient
let count = 0
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  stage = await openStage(server)
  second = await reviewer('second')
})
afterAll(async () => {
  await second.close()
  await stage.close()
  await server.close()
})

const PERMISSIONS = [
  { permission: 'users:write', reason: 'It makes users.' },
  { permission: 'events:emit', reason: 'It tells of them.' },
]

async function reviewer(name: string): Promise<GraphClient> {
  const { createApiKey } = await stage.admin.request(CreateApiKeyDocument, {
    input: { name, role: 'REVIEWER' },
  })
  return graphClient(server.url, accepted(createApiKey).secret!)
}

async function inReview(): Promise<string> {
  const file = zipOf({ id: `risky-${count++}`, permissions: PERMISSIONS })
  const packageId = accepted(await submit(stage.publisher, file)).package!.id
  accepted((await stage.reviewer.request(StartReviewDocument, { input: { packageId } })).startReview)
  return packageId
}

const approve = async (by: GraphClient, packageId: string, grantedPermissions?: string[]) =>
  (
    await by.request(ApprovePackageDocument, {
      input: { packageId, ...(grantedPermissions ? { grantedPermissions } : {}) },
    })
  ).approvePackage

async function reviewOf(packageId: string) {
  return (await stage.publisher.request(PackageReviewDocument, { id: packageId })).node
}

test('what is of high risk is approved by two, and is granted what both grant', async () => {
  const packageId = await inReview()
  expect(await reviewOf(packageId)).toMatchObject({ approvalsNeeded: 2, approvalsGiven: 0 })
  expect(accepted(await approve(stage.reviewer, packageId)).package).toMatchObject({ status: 'IN_REVIEW' })
  expect(await reviewOf(packageId)).toMatchObject({
    approvalsGiven: 1,
    heldBy: { name: 'reviewer of the story' },
    permissions: [{ granted: null }, { granted: null }],
  })
  expect(codesOf(await approve(stage.reviewer, packageId))).toEqual(['INVALID_STATE'])
  const approved = accepted(await approve(second, packageId, ['events:emit'])).package!
  expect(approved).toMatchObject({
    status: 'APPROVED',
    permissions: [
      { permission: 'users:write', granted: false },
      { permission: 'events:emit', granted: true },
    ],
  })
  const { rows } = await server.app.database.pool.query<{ type: string; payload: object; signed: boolean }>(
    `select type, payload, (select registry_signature is not null from package where id = $1) as signed
       from event where subject_id = $1 order by seq`,
    [rowId(packageId)],
  )
  expect(rows.map(({ type }) => type)).toEqual([
    'package.submitted',
    'package.review_started',
    'package.approval_given',
    'package.approved',
  ])
  expect(rows[2]).toMatchObject({ payload: { status: 'IN_REVIEW', approvals: 1, needed: 2 }, signed: true })
})

test('of many approvals at once the second approves, once; nobody counts twice', async () => {
  const packageId = await inReview()
  const keys = [stage.reviewer, second, stage.admin]
  const outcomes = await Promise.all(
    Array.from({ length: 9 }, async (_, index) => {
      let outcome = ''
      const refusal = await refusalOf(
        approve(keys[index % 3]!, packageId).then((answer) => {
          outcome = codesOf(answer)[0] ?? answer.package!.status
        }),
      )
      return refusal?.code ?? outcome
    }),
  )
  expect(outcomes).toContain('APPROVED')
  // The first approval's answer may already tell what the second made of it.
  for (const it of outcomes) expect(['IN_REVIEW', 'APPROVED', 'CONFLICT', 'INVALID_STATE']).toContain(it)
  const { rows } = await server.app.database.pool.query(
    `select count(*)::int as rows, count(distinct reviewer_id)::int as reviewers,
       (select count(*)::int from event where subject_id = $1 and type = 'package.approved') as events
       from review where package_id = $1 and decision = 'APPROVED'`,
    [rowId(packageId)],
  )
  expect(rows).toEqual([{ rows: 2, reviewers: 2, events: 1 }])
  expect(await reviewOf(packageId)).toMatchObject({ status: 'APPROVED', approvalsGiven: 2 })
})

test('the submitter is none of the two', async () => {
  const file = zipOf({ id: 'own-risk', permissions: PERMISSIONS })
  const packageId = accepted(await submit(stage.admin, file)).package!.id
  accepted((await stage.admin.request(StartReviewDocument, { input: { packageId } })).startReview)
  accepted(await approve(stage.reviewer, packageId))
  expect(codesOf(await approve(stage.admin, packageId))).toEqual(['SELF_REVIEW'])
  expect(accepted(await approve(second, packageId)).package!.status).toBe('APPROVED')
})
