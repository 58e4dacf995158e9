import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  IssueLicenseDocument,
  LicensesDocument,
  ReinstateLicenseDocument,
  RenewLicenseDocument,
  RevokeLicenseDocument,
  SuspendLicenseDocument,
  UpdatePluginDocument,
  ValidateLicenseDocument,
  type IssueLicenseInput,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { graphClient, type GraphClient } from '../../../scripts/lib/graph-client.ts'
import { encodeGlobalId } from '../../../src/graphql/global-id.ts'
import { newId } from '../../../src/lib/ids.ts'
import { days } from '../../../src/lib/units.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { codesOf, refusalOf, rowId } from '../../support/stage.ts'
import { openTenant, type Tenant } from '../registries/support.ts'
import { makeShelf, putLicense } from './support.ts'

const clock = new FakeClock('2026-06-01T00:00:00.000Z')
let server: TestServer
let admin: GraphClient
let acme: Tenant
let globex: Tenant
let pluginId: string
let foreign: { pluginId: string; licenseId: string }
beforeAll(async () => {
  server = await startTestServer({ worker: false, clock })
  admin = graphClient(server.url, server.adminKey)
  acme = await openTenant(server, admin, 'acme')
  globex = await openTenant(server, admin, 'globex')
  const { prisma } = server.app.database
  const own = await makeShelf(server.app)
  const theirs = await makeShelf(server.app)
  pluginId = encodeGlobalId('Plugin', own.pluginId)
  await prisma.plugin.update({ where: { id: own.pluginId }, data: { ownerId: rowId(acme.organizationId) } })
  const theirOrganization = rowId(globex.organizationId)
  await prisma.plugin.update({ where: { id: theirs.pluginId }, data: { ownerId: theirOrganization } })
  // Only they see it.
  const slug = 'globex-own'
  const registry = { id: newId(), slug, name: slug, type: 'ENTERPRISE' as const, createdAt: clock.now() }
  await prisma.registry.create({ data: { ...registry, organizationId: theirOrganization } })
  await prisma.package.updateMany({ where: { pluginId: theirs.pluginId }, data: { registryId: registry.id } })
  const license = await putLicense(server.app, {
    pluginId: theirs.pluginId,
    organizationId: theirOrganization,
  })
  foreign = {
    pluginId: encodeGlobalId('Plugin', theirs.pluginId),
    licenseId: encodeGlobalId('License', license.id),
  }
})
afterAll(async () => {
  await Promise.all([acme.close(), globex.close(), admin.close()])
  await server.close()
})

const inDays = (count: number): string => new Date(clock.now().getTime() + days(count)).toISOString()

/** Everything that a refused mutation might have changed. */
async function everything(): Promise<string> {
  const { pool } = server.app.database
  const { rows } = await pool.query<{ all: string }>(
    `select concat((select json_agg(l order by l.id) from license l), (select json_agg(p order by p.id) from plugin p),
       (select count(*) from event)) as all`,
  )
  return rows[0]!.all
}

async function changesNothing<T>(work: () => Promise<T>): Promise<T> {
  const before = await everything()
  const result = await work()
  expect(await everything()).toBe(before)
  return result
}

const issue = async (input: Partial<IssueLicenseInput>, by = acme.as.ADMIN) => {
  const whole = { pluginId, type: 'ENTERPRISE' as const, organizationId: acme.organizationId, ...input }
  return (await by.request(IssueLicenseDocument, { input: whole })).issueLicense
}

test.each<[string, Partial<IssueLicenseInput>, string]>([
  ['no seats', { maxInstallations: 0 }, 'maxInstallations'],
  ['negative seats', { maxInstallations: -1 }, 'maxInstallations'],
  ['a negative grace period', { gracePeriodDays: -1 }, 'gracePeriodDays'],
  ['more than a year of grace', { gracePeriodDays: 366 }, 'gracePeriodDays'],
  ['an expiry in the past', { expiresAt: inDays(-1) }, 'expiresAt'],
  ['an expiry at this moment', { expiresAt: inDays(0) }, 'expiresAt'],
  ['an expiry before the beginning', { startsAt: inDays(9), expiresAt: inDays(8) }, 'expiresAt'],
  ['an expiry in another age', { expiresAt: '9999-12-31T23:59:59Z' }, 'expiresAt'],
  ['a beginning in the past', { startsAt: inDays(-1) }, 'startsAt'],
  ['a beginning in another age', { startsAt: '9999-12-31T23:59:59Z' }, 'startsAt'],
  ['an entitlement of a million characters', { entitlements: ['x'.repeat(1_000_000)] }, 'entitlements.0'],
  ['an empty entitlement', { entitlements: [' '] }, 'entitlements.0'],
  ['an entitlement with NUL', { entitlements: ['a\0b'] }, 'entitlements.0'],
  ['too many entitlements', { entitlements: Array.from({ length: 101 }, (_, n) => `e${n}`) }, 'entitlements'],
  ['an entitlement twice', { entitlements: ['a', 'a'] }, 'entitlements'],
  ['an ENTERPRISE licence of nobody', { organizationId: null }, 'organizationId'],
  ['a TRIAL of nobody', { type: 'TRIAL', organizationId: null }, 'organizationId'],
  ['a SITE licence without a site', { type: 'SITE' }, 'siteId'],
])('%s is told with its field, and issues nothing', async (_, input, field) => {
  const { license, userErrors } = await changesNothing(() => issue(input))
  expect(license).toBeNull()
  expect(userErrors).toMatchObject([{ code: 'INVALID_INPUT', field: field.split('.') }])
})

test('what is wrong with each other is refused too', async () => {
  const [siteId] = acme.siteIds
  const [theirSite] = globex.siteIds
  const cases: [Partial<IssueLicenseInput>, GraphClient, string][] = [
    [{ siteId }, acme.as.ADMIN, 'INVALID_INPUT'],
    [{ type: 'SITE', siteId: theirSite }, admin, 'INVALID_INPUT'],
    [{ type: 'SITE', siteId, maxInstallations: 2 }, acme.as.ADMIN, 'INVALID_INPUT'],
    [{ type: 'TRIAL' }, acme.as.ADMIN, 'INVALID_STATE'],
  ]
  for (const [input, by, code] of cases) {
    expect(codesOf(await changesNothing(() => issue(input, by))), JSON.stringify(input)).toEqual([code])
  }
})

test("a stranger's ids are not there, in any argument, and nothing changes", async () => {
  const by = acme.as.ADMIN
  const [siteId] = acme.siteIds
  const [theirSite] = globex.siteIds
  const license = accepted(await issue({})).license!
  const unknown = encodeGlobalId('License', newId())
  const policy = { licensePolicy: { required: false } }
  const { licenseId } = foreign
  const reason = 'Because.'
  const asked: Record<string, () => Promise<unknown>> = {
    'issue: plugin': () => issue({ pluginId: foreign.pluginId }),
    'issue: organization': () => issue({ organizationId: globex.organizationId }),
    'issue: site': () => issue({ type: 'SITE', organizationId: null, siteId: theirSite }),
    suspend: () => by.request(SuspendLicenseDocument, { input: { licenseId, reason } }),
    'suspend: unknown': () => by.request(SuspendLicenseDocument, { input: { licenseId: unknown, reason } }),
    reinstate: () => by.request(ReinstateLicenseDocument, { input: { licenseId } }),
    revoke: () => by.request(RevokeLicenseDocument, { input: { licenseId, reason } }),
    renew: () => by.request(RenewLicenseDocument, { input: { licenseId, expiresAt: inDays(9) } }),
    policy: () => by.request(UpdatePluginDocument, { input: { pluginId: foreign.pluginId, ...policy } }),
    'validate: site': () =>
      by.request(ValidateLicenseDocument, { key: license.key, siteId: theirSite!, pluginId }),
    'validate: plugin': () =>
      by.request(ValidateLicenseDocument, { key: license.key, siteId: siteId!, pluginId: foreign.pluginId }),
  }
  for (const [name, ask] of Object.entries(asked)) {
    expect(await changesNothing(() => refusalOf(ask())), name).toMatchObject({ code: 'NOT_FOUND' })
  }
  for (const filter of [{ organizationId: globex.organizationId }, { pluginId: foreign.pluginId }]) {
    expect((await by.request(LicensesDocument, filter)).licenses).toEqual({ nodes: [], totalCount: 0 })
  }
  const wrongType = by.request(SuspendLicenseDocument, { input: { licenseId: pluginId, reason } })
  expect(await refusalOf(wrongType)).toMatchObject({ code: 'BAD_USER_INPUT' })
})

test('a licence is not renewed backwards, nor one that never expires, that is a trial, or that was revoked', async () => {
  const { prisma } = server.app.database
  const { id } = await prisma.plugin.update({ where: { id: rowId(pluginId) }, data: { trialDays: 9 } })
  const renew = async (licenseId: string, expiresAt: string) =>
    (
      await changesNothing(() =>
        acme.as.ADMIN.request(RenewLicenseDocument, { input: { licenseId, expiresAt } }),
      )
    ).renewLicense
  const issued = async (input: Partial<IssueLicenseInput>) => accepted(await issue(input)).license!.id
  const license = await issued({ expiresAt: inDays(50) })
  for (const date of [inDays(50), inDays(49), inDays(-1), '9999-12-31T23:59:59Z']) {
    expect((await renew(license, date)).userErrors, date).toMatchObject([
      { code: 'INVALID_INPUT', field: ['expiresAt'] },
    ])
  }
  const revoked = await issued({ expiresAt: inDays(50) })
  const input = { licenseId: revoked, reason: 'Because.' }
  accepted((await acme.as.ADMIN.request(RevokeLicenseDocument, { input })).revokeLicense)
  for (const other of [await issued({}), await issued({ type: 'TRIAL' }), revoked]) {
    expect(codesOf(await renew(other, inDays(90)))).toEqual(['INVALID_STATE'])
  }
  await prisma.plugin.update({ where: { id }, data: { trialDays: null } })
})

const MOVES = [SuspendLicenseDocument, ReinstateLicenseDocument, RevokeLicenseDocument] as const
const LEGAL: Record<string, boolean[]> = {
  ACTIVE: [true, false, true],
  EXPIRED: [true, false, true],
  SUSPENDED: [false, true, true],
  REVOKED: [false, false, false],
}

test.each(Object.keys(LEGAL))(
  'from %s a licence moves where it may, and else is INVALID_STATE',
  async (status) => {
    for (const [n, legal] of LEGAL[status]!.entries()) {
      const { id } = accepted(await issue({})).license!
      await server.app.database.prisma.license.update({
        where: { id: rowId(id) },
        data: { status: status as 'ACTIVE' },
      })
      const move = async (reason?: string) => {
        const input = { licenseId: id, ...(reason === undefined ? {} : { reason }) }
        const [payload] = Object.values(
          await acme.as.ADMIN.request(MOVES[n]! as typeof SuspendLicenseDocument, { input }),
        )
        return codesOf(payload!)
      }
      if (n !== 1) expect(await changesNothing(() => move(' '))).toEqual(['INVALID_INPUT'])
      if (legal) expect(await move('Because.')).toEqual([])
      else expect(await changesNothing(() => move('Because.'))).toEqual(['INVALID_STATE'])
    }
  },
)

test.each([0, -1, 366, 2_000_000])('a trial of %i days is none', async (trialDays) => {
  const input = { pluginId, licensePolicy: { required: true, trialDays } }
  const { updatePlugin } = await changesNothing(() => acme.as.ADMIN.request(UpdatePluginDocument, { input }))
  expect(updatePlugin.userErrors).toMatchObject([
    { code: 'INVALID_INPUT', field: ['licensePolicy', 'trialDays'] },
  ])
})

test('a key is none that has a million characters', async () => {
  const [siteId] = acme.siteIds
  const asked = { key: 'A'.repeat(1_000_000), siteId: siteId!, pluginId }
  expect((await acme.as.VIEWER.request(ValidateLicenseDocument, asked)).validateLicense.code).toBe(
    'NOT_FOUND',
  )
})
