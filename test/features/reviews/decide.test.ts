import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  ApprovePackageDocument,
  RejectPackageDocument,
  RevokePackageDocument,
  PackageReviewDocument,
  StartReviewDocument,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { PackageStatus } from '../../../src/generated/prisma/enums.ts'
import { checkMove } from '../../../src/features/reviews/lifecycle.ts'
import { UserError } from '../../../src/lib/errors.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { codesOf, openStage, refusalOf, rowId, submit, zipOf, type TestStage } from '../../support/stage.ts'

let server: TestServer
let stage: TestStage
let count = 0
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  stage = await openStage(server)
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

const submitted = async (): Promise<string> =>
  accepted(await submit(stage.publisher, zipOf({ id: `plugin-${count++}` }))).package!.id

const MOVES = {
  start: async (packageId: string, by = stage.reviewer) =>
    (await by.request(StartReviewDocument, { input: { packageId } })).startReview,
  approve: async (packageId: string, by = stage.reviewer) =>
    (await by.request(ApprovePackageDocument, { input: { packageId } })).approvePackage,
  reject: async (packageId: string, by = stage.reviewer) =>
    (await by.request(RejectPackageDocument, { input: { packageId, reason: 'It lacks a licence.' } }))
      .rejectPackage,
  revoke: async (packageId: string, by = stage.reviewer) =>
    (await by.request(RevokePackageDocument, { input: { packageId, reason: 'It leaks.' } })).revokePackage,
}

/** How a package comes into each state, and what may be done with it then. */
const STATES = {
  PENDING_REVIEW: { by: [], allowed: { start: 'IN_REVIEW' } },
  IN_REVIEW: { by: ['start'], allowed: { approve: 'APPROVED', reject: 'REJECTED' } },
  APPROVED: { by: ['start', 'approve'], allowed: { revoke: 'REVOKED' } },
  REJECTED: { by: ['start', 'reject'], allowed: {} },
  REVOKED: { by: ['start', 'approve', 'revoke'], allowed: {} },
} as const

describe.each(Object.entries(STATES))('a package that is %s', (state, { by, allowed }) => {
  test.each(Object.keys(MOVES) as (keyof typeof MOVES)[])('%s', async (move) => {
    const packageId = await submitted()
    for (const step of by) accepted(await MOVES[step](packageId))
    const answer = await MOVES[move](packageId)
    const to = (allowed as Partial<Record<string, string>>)[move]
    if (to === undefined) expect(codesOf(answer)).toEqual(['INVALID_STATE'])
    else expect(accepted(answer).package!.status).toBe(to)
    const { rows } = await server.app.database.pool.query<{ status: string }>(
      'select status from package where id = $1',
      [rowId(packageId)],
    )
    expect(rows[0]!.status).toBe(to ?? state)
  })
})

test.each(
  Object.values(PackageStatus).flatMap((from) => Object.values(PackageStatus).map((to) => [from, to])),
)('from %s to %s', (from, to) => {
  const legal = ['PENDING_REVIEW IN_REVIEW', 'IN_REVIEW APPROVED', 'IN_REVIEW REJECTED', 'APPROVED REVOKED']
  if (legal.includes(`${from} ${to}`)) checkMove(from, to)
  else expect(() => checkMove(from, to)).toThrow(UserError)
})

test('rejecting and revoking need a reason, and every decision is kept, oldest first', async () => {
  const packageId = await submitted()
  accepted(await MOVES.start(packageId))
  const input = { packageId, reason: ' ' }
  const rejected = (await stage.reviewer.request(RejectPackageDocument, { input })).rejectPackage
  expect(rejected.userErrors).toEqual([expect.objectContaining({ code: 'INVALID_INPUT', field: ['reason'] })])
  accepted(await MOVES.approve(packageId))
  const revoked = (await stage.reviewer.request(RevokePackageDocument, { input })).revokePackage
  expect(revoked.userErrors).toEqual([expect.objectContaining({ code: 'INVALID_INPUT', field: ['reason'] })])
  accepted(await MOVES.revoke(packageId))
  const { node } = await stage.publisher.request(PackageReviewDocument, { id: packageId })
  expect(node).toMatchObject({
    status: 'REVOKED',
    statusReason: 'It leaks.',
    heldBy: null,
    reviews: [
      { decision: 'STARTED', comment: null },
      { decision: 'APPROVED', comment: null },
      { decision: 'REVOKED', comment: 'It leaks.', reviewer: { name: 'reviewer of the story' } },
    ],
  })
})

test('a rejected version is never used again; the next one may be', async () => {
  const id = `plugin-${count++}`
  const packageId = accepted(await submit(stage.publisher, zipOf({ id }))).package!.id
  accepted(await MOVES.start(packageId))
  accepted(await MOVES.reject(packageId))
  expect(codesOf(await submit(stage.publisher, zipOf({ id }, 'export default { }\n')))).toEqual([
    'VERSION_EXISTS',
  ])
  accepted(await submit(stage.publisher, zipOf({ id, version: '1.0.1' })))
})

test('nobody approves what he submitted himself, and is told the ways out', async () => {
  const packageId = accepted(await submit(stage.admin, zipOf({ id: 'own-work' }))).package!.id
  accepted(await MOVES.start(packageId, stage.admin))
  const refused = await MOVES.approve(packageId, stage.admin)
  expect(codesOf(refused)).toEqual(['SELF_REVIEW'])
  expect(refused.userErrors[0]!.message).toMatch(/REVIEWER.*PATCHBAY_ALLOW_SELF_REVIEW/)
  expect(accepted(await MOVES.approve(packageId)).package!.status).toBe('APPROVED')
})

test('of several approvals at once one decides; the package was approved once, and told once', async () => {
  const packageId = await submitted()
  accepted(await MOVES.start(packageId))
  const outcomes = await Promise.all(
    Array.from({ length: 6 }, async (_, index) => {
      let codes: string[] = []
      const by = index % 2 === 0 ? stage.reviewer : stage.admin
      const refusal = await refusalOf(
        MOVES.approve(packageId, by).then((answer) => (codes = codesOf(answer))),
      )
      return refusal?.code ?? codes[0] ?? 'APPROVED'
    }),
  )
  expect(outcomes.filter((it) => it === 'APPROVED')).toHaveLength(1)
  for (const outcome of outcomes) expect(['APPROVED', 'CONFLICT', 'INVALID_STATE']).toContain(outcome)
  const { rows } = await server.app.database.pool.query<{ reviews: number; events: number }>(
    `select (select count(*)::int from review where package_id = $1 and decision = 'APPROVED') as reviews,
       (select count(*)::int from event where subject_id = $1 and type = 'package.approved') as events`,
    [rowId(packageId)],
  )
  expect(rows[0]).toEqual({ reviews: 1, events: 1 })
})

test('only reviewers decide, and only what was asked for can be granted', async () => {
  const packageId = await submitted()
  expect(await refusalOf(MOVES.start(packageId, stage.publisher))).toMatchObject({ code: 'FORBIDDEN' })
  expect(await refusalOf(MOVES.start(packageId, stage.operator))).toMatchObject({ code: 'NOT_FOUND' })
  accepted(await MOVES.start(packageId))
  const input = { packageId, grantedPermissions: ['secrets:read'] }
  const { approvePackage } = await stage.reviewer.request(ApprovePackageDocument, { input })
  expect(approvePackage.userErrors).toEqual([
    expect.objectContaining({ code: 'INVALID_INPUT', field: ['grantedPermissions'] }),
  ])
})

test('more approvals at once than there are connections to the database all come through', async () => {
  const packageIds: string[] = []
  for (let it = 0; it < 15; it++) {
    const packageId = await submitted()
    accepted(await MOVES.start(packageId))
    packageIds.push(packageId)
  }
  const answers = await Promise.all(packageIds.map((packageId) => MOVES.approve(packageId)))
  expect(answers.map((answer) => accepted(answer).package!.status)).toEqual(Array(15).fill('APPROVED'))
})

test('of permissions that a package does not ask for, a refusal repeats a few', async () => {
  const packageId = await submitted()
  accepted(await MOVES.start(packageId))
  const grantedPermissions = Array.from({ length: 1_000 }, (_, it) => `made-up-${it}:${'x'.repeat(500)}`)
  const input = { packageId, grantedPermissions }
  const { approvePackage } = await stage.reviewer.request(ApprovePackageDocument, { input })
  expect(codesOf(approvePackage)).toEqual(['INVALID_INPUT'])
  expect(approvePackage.userErrors[0]!.message).toContain('made-up-4:')
  expect(approvePackage.userErrors[0]!.message.length).toBeLessThan(500)
})

test('an approval is recorded with the digest, the risk and what was granted', async () => {
  const packageId = await submitted()
  accepted(await MOVES.start(packageId))
  accepted(await MOVES.approve(packageId))
  const { rows } = await server.app.database.pool.query<{ payload: unknown; checksum: string }>(
    `select event.payload, package.checksum from event join package on package.id = event.subject_id
     where package.id = $1 and event.type = 'package.approved'`,
    [rowId(packageId)],
  )
  const [{ payload, checksum }] = rows as [(typeof rows)[0]]
  expect(payload).toMatchObject({
    checksum,
    riskLevel: expect.any(String),
    grantedPermissions: expect.any(Array),
  })
})
