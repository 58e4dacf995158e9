import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  PackageReviewDocument,
  PluginBySlugDocument,
  PromotePackageDocument,
  RevokePackageDocument,
  StartReviewDocument,
  ApprovePackageDocument,
  DeprecatePackageDocument,
  YankPackageDocument,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { graphClient, type GraphClient } from '../../../scripts/lib/graph-client.ts'
import type { Role } from '../../../schema/generated/graphql.ts'
import { eventually } from '../../support/http.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { codesOf, refusalOf, rowId } from '../../support/stage.ts'
import { approveAs, keysOf, makeRegistry, openTenant, submitTo, type Tenant } from '../registries/support.ts'

let server: TestServer
let admin: GraphClient
let acme: Tenant
let globex: Tenant
let platform: Record<Role, GraphClient>
let dev: string
let own: string
let count = 0
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  admin = graphClient(server.url, server.adminKey)
  acme = await openTenant(server, admin, 'acme')
  globex = await openTenant(server, admin, 'globex')
  platform = await keysOf(server, admin)
  const of = { name: 'Of Acme', organizationId: acme.organizationId }
  dev = await makeRegistry(acme.as.ADMIN, { ...of, slug: 'acme-dev', type: 'DEVELOPER' })
  own = await makeRegistry(acme.as.ADMIN, { ...of, slug: 'acme-own', type: 'ENTERPRISE' })
})
afterAll(async () => {
  for (const client of Object.values(platform)) await client.close()
  await Promise.all([acme.close(), globex.close(), admin.close()])
  await server.close()
})

const HIGH = { permissions: [{ permission: 'users:write', reason: 'It makes users.' }] }

async function submitted(change: Record<string, unknown> = {}, by = acme.as.PUBLISHER): Promise<string> {
  return accepted(await submitTo(by, dev, { id: `gem-${count++}`, ...change })).package!.id
}

const promote = async (by: GraphClient, packageId: string, registryId?: string) =>
  (
    await by.request(PromotePackageDocument, {
      input: { packageId, ...(registryId === undefined ? {} : { registryId }) },
    })
  ).promotePackage

async function row(packageId: string) {
  const { rows } = await server.app.database.pool.query<Record<string, unknown>>(
    `select p.id, checksum, validation, p.storage, version, registry_signature, granted_permissions, r.slug as registry,
       (select count(*)::int from review where package_id = p.id) as reviews
     from package p join registry r on r.id = p.registry_id where p.id = $1`,
    [rowId(packageId)],
  )
  return rows[0]!
}

test('promoting keeps id, digest, report, signature and history, and then everybody sees it', async () => {
  const id = `gem-${count}`
  const packageId = await submitted()
  await approveAs(acme.as.REVIEWER, packageId)
  const before = await row(packageId)
  expect(await refusalOf(globex.as.VIEWER.request(PackageReviewDocument, { id: packageId }))).toMatchObject({
    code: 'NOT_FOUND',
  })
  const { package: promoted } = accepted(await promote(platform.REVIEWER, packageId))
  expect(promoted).toMatchObject({ id: packageId, status: 'APPROVED', registry: { slug: 'enterprise' } })
  expect(await row(packageId)).toEqual({ ...before, registry: 'enterprise', reviews: 3 })
  const { node } = await globex.as.VIEWER.request(PackageReviewDocument, { id: packageId })
  expect(node).toMatchObject({
    reviews: [
      { decision: 'STARTED' },
      { decision: 'APPROVED', comment: null },
      { decision: 'APPROVED', comment: 'promoted from acme-dev to enterprise' },
    ],
  })
  const { plugin } = await globex.as.VIEWER.request(PluginBySlugDocument, { slug: id })
  expect(plugin).toMatchObject({ latestPackage: { id: packageId } })
  expect(codesOf(await promote(platform.REVIEWER, packageId))).toEqual(['INVALID_STATE'])
})

test('only what was approved, into a registry that can be, by who decides there and is not the submitter', async () => {
  const packageId = await submitted()
  expect(codesOf(await promote(platform.REVIEWER, packageId))).toEqual(['NOT_APPROVED'])
  await approveAs(acme.as.REVIEWER, packageId)
  expect(await refusalOf(promote(acme.as.REVIEWER, packageId))).toMatchObject({ code: 'FORBIDDEN' })
  expect(await refusalOf(promote(acme.as.PUBLISHER, packageId, own))).toMatchObject({ code: 'FORBIDDEN' })
  expect(await refusalOf(promote(globex.as.ADMIN, packageId))).toEqual({
    code: 'NOT_FOUND',
    message: 'There is no such package, or you may not see it.',
  })
  expect(codesOf(await promote(acme.as.REVIEWER, packageId, dev))).toEqual(['INVALID_INPUT'])
  const of = { name: 'Own', organizationId: globex.organizationId }
  const theirs = await makeRegistry(globex.as.ADMIN, { ...of, slug: 'globex-own', type: 'ENTERPRISE' })
  expect(codesOf(await promote(admin, packageId, theirs))).toEqual(['INVALID_INPUT'])
  expect(await refusalOf(promote(acme.as.REVIEWER, packageId, theirs))).toEqual({
    code: 'NOT_FOUND',
    message: 'There is no such registry, or you may not see it.',
  })
  expect(accepted(await promote(acme.as.REVIEWER, packageId, own)).package!.registry.slug).toBe('acme-own')

  const mine = await submitted({}, acme.as.ADMIN)
  await approveAs(acme.as.REVIEWER, mine)
  expect(codesOf(await promote(acme.as.ADMIN, mine, own))).toEqual(['SELF_REVIEW'])

  const revoked = await submitted()
  await approveAs(acme.as.REVIEWER, revoked)
  const input = { packageId: revoked, reason: 'It leaks.' }
  accepted((await acme.as.REVIEWER.request(RevokePackageDocument, { input })).revokePackage)
  expect(codesOf(await promote(platform.REVIEWER, revoked))).toEqual(['REVOKED'])
})

test('what is of high risk is promoted by the second of two reviewers of the target', async () => {
  const packageId = await submitted(HIGH)
  accepted((await acme.as.REVIEWER.request(StartReviewDocument, { input: { packageId } })).startReview)
  for (const by of [acme.as.REVIEWER, acme.as.ADMIN])
    accepted((await by.request(ApprovePackageDocument, { input: { packageId } })).approvePackage)
  // Two of the organization have approved it; of the platform's reviewers, nobody has.
  expect(accepted(await promote(platform.REVIEWER, packageId)).package!.registry.slug).toBe('acme-dev')
  const { reviews } = await row(packageId)
  expect(codesOf(await promote(platform.REVIEWER, packageId))).toEqual(['INVALID_STATE'])
  expect(await row(packageId)).toMatchObject({ reviews })
  expect(accepted(await promote(platform.ADMIN, packageId)).package!.registry.slug).toBe('enterprise')

  const known = await submitted(HIGH)
  accepted((await acme.as.REVIEWER.request(StartReviewDocument, { input: { packageId: known } })).startReview)
  for (const by of [acme.as.REVIEWER, platform.REVIEWER])
    accepted((await by.request(ApprovePackageDocument, { input: { packageId: known } })).approvePackage)
  // One of those who approved it decides there too: with the promoter they are two.
  expect(accepted(await promote(platform.ADMIN, known)).package!.registry.slug).toBe('enterprise')
})

test('whoever decides in the registry from which a package was just taken decides about it no more', async () => {
  const mine = async (): Promise<string> => {
    const packageId = await submitted()
    await approveAs(acme.as.REVIEWER, packageId)
    return packageId
  }
  const revoked = await mine()
  const input = { packageId: revoked, reason: 'We would rather keep it.' }
  const revoke = () => acme.as.REVIEWER.request(RevokePackageDocument, { input })
  expect(await whilePromoted(revoked, revoke)).toMatchObject({ code: 'CONFLICT' })
  const withdrawn = await mine()
  const of = { packageId: withdrawn }
  // Who runs plugins withdraws them in a DEVELOPER registry, and nowhere else.
  for (const withdraw of [
    () => acme.as.OPERATOR.request(YankPackageDocument, { input: { ...of, reason: 'It is slow.' } }),
    () => acme.as.OPERATOR.request(DeprecatePackageDocument, { input: { ...of, message: 'It is old.' } }),
  ]) {
    expect(await whilePromoted(withdrawn, withdraw)).toMatchObject({ code: 'CONFLICT' })
    const { node } = await platform.REVIEWER.request(PackageReviewDocument, { id: withdrawn })
    expect(node).toMatchObject({ status: 'APPROVED', yankedAt: null, deprecated: null })
    await server.app.database.pool.query('update package set registry_id = $2 where id = $1', [
      rowId(withdrawn),
      rowId(dev),
    ])
  }
})

/** What comes of a change that begins while the package is on its way into the platform's registry. */
async function whilePromoted(packageId: string, change: () => Promise<unknown>) {
  const promoting = await server.app.database.pool.connect()
  await promoting.query('begin')
  await promoting.query(
    "update package set registry_id = (select id from registry where slug = 'enterprise') where id = $1",
    [rowId(packageId)],
  )
  const changing = refusalOf(change())
  await eventually('the change waits for the promotion', async () => {
    const { rows } = await server.app.database.pool.query(
      `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
         and query like '%"package"%'`,
    )
    return rows.length > 0
  })
  await promoting.query('commit')
  promoting.release()
  return await changing
}

test('an organization decides in its own registries, and not in the platform’s', async () => {
  const packageId = accepted(await submitTo(acme.as.PUBLISHER, undefined, { id: `gem-${count++}` })).package!
    .id
  expect(await refusalOf(approveAs(acme.as.REVIEWER, packageId))).toMatchObject({ code: 'NOT_FOUND' })
  // Its own administrator sees what its publishers submitted, but may not let it in for everybody.
  expect(await refusalOf(approveAs(acme.as.ADMIN, packageId))).toMatchObject({ code: 'FORBIDDEN' })
  const ours = accepted(await submitTo(acme.as.PUBLISHER, own, { id: `gem-${count++}` })).package!.id
  await approveAs(acme.as.ADMIN, ours)
})
