import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  IssueLicenseDocument,
  LicenseByIdDocument,
  LicensesDocument,
  ReinstateLicenseDocument,
  RenewLicenseDocument,
  RevokeLicenseDocument,
  SuspendLicenseDocument,
  UpdatePluginDocument,
  ValidateLicenseDocument,
  type IssueLicenseInput,
  type Role,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { graphClient, type GraphClient } from '../../../scripts/lib/graph-client.ts'
import { encodeGlobalId } from '../../../src/graphql/global-id.ts'
import { days } from '../../../src/lib/units.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { codesOf, refusalOf, rowId } from '../../support/stage.ts'
import { openTenant, type Tenant } from '../registries/support.ts'
import { makeShelf, seatsOf, take } from './support.ts'

const clock = new FakeClock('2026-06-01T00:00:00.000Z')
let server: TestServer
let admin: GraphClient
let acme: Tenant
let globex: Tenant
/** Of the platform, so that everybody sees it. */
let pluginId: string
let shelf: Awaited<ReturnType<typeof makeShelf>>
beforeAll(async () => {
  server = await startTestServer({ worker: false, clock })
  admin = graphClient(server.url, server.adminKey)
  acme = await openTenant(server, admin, 'acme')
  globex = await openTenant(server, admin, 'globex')
  shelf = await makeShelf(server.app, { plugin: { trialDays: 14 } })
  pluginId = encodeGlobalId('Plugin', shelf.pluginId)
})
afterAll(async () => {
  await Promise.all([acme.close(), globex.close(), admin.close()])
  await server.close()
})

const inDays = (count: number): string => new Date(clock.now().getTime() + days(count)).toISOString()

/** Null where it is not there for him. */
async function read(client: GraphClient, id: string) {
  const reading = client.request(LicenseByIdDocument, { id })
  const refusal = await refusalOf(reading)
  if (refusal === null) return (await reading).node
  expect(refusal.code).toBe('NOT_FOUND')
  return null
}

async function issue(input: Partial<IssueLicenseInput> = {}, by = admin) {
  const { issueLicense } = await by.request(IssueLicenseDocument, {
    input: { pluginId, type: 'ENTERPRISE', organizationId: acme.organizationId, ...input },
  })
  return issueLicense
}
const issued = async (...args: Parameters<typeof issue>) => accepted(await issue(...args)).license!

test('a licence is issued, suspended, reinstated, renewed and revoked, each with its event and what it changed', async () => {
  const license = await issued({
    expiresAt: inDays(100),
    gracePeriodDays: 5,
    maxInstallations: 3,
    entitlements: ['a'],
  })
  expect(license).toMatchObject({
    status: 'ACTIVE',
    usedInstallations: 0,
    startsAt: clock.now().toISOString(),
  })
  expect(license.key).toMatch(/^([0-9A-HJKMNP-TV-Z]{5}-){4}[0-9A-HJKMNP-TV-Z]{5}$/)
  const input = { licenseId: license.id }
  const reason = 'Not paid.'
  const suspended = accepted(
    (await admin.request(SuspendLicenseDocument, { input: { ...input, reason } })).suspendLicense,
  )
  expect(suspended.license).toMatchObject({ status: 'SUSPENDED', statusReason: reason })
  const back = accepted((await admin.request(ReinstateLicenseDocument, { input })).reinstateLicense)
  expect(back.license).toMatchObject({ status: 'ACTIVE', statusReason: null })
  const expiresAt = inDays(200)
  accepted((await admin.request(RenewLicenseDocument, { input: { ...input, expiresAt } })).renewLicense)
  accepted((await admin.request(RevokeLicenseDocument, { input: { ...input, reason } })).revokeLicense)
  const { rows } = await server.app.database.pool.query<{ action: string; details: Record<string, unknown> }>(
    'select action, details from audit_entry where subject_id = $1 order by at, id',
    [rowId(license.id)],
  )
  expect(rows.map(({ action }) => action).filter((it) => it.startsWith('license.'))).toEqual([
    'license.issued',
    'license.suspended',
    'license.reinstated',
    'license.renewed',
    'license.revoked',
  ])
  expect(rows[1]!.details).toMatchObject({ before: { status: 'ACTIVE' }, after: { status: 'SUSPENDED' } })
  // The key is nowhere but sealed in its row.
  const { rows: leaks } = await server.app.database.pool.query(
    `select 1 from event where payload::text like $1 union all select 1 from audit_entry where details::text like $1`,
    [`%${license.key}%`],
  )
  expect(leaks).toEqual([])
  expect(server.logLines.filter((line) => line.includes(license.key))).toEqual([])
})

test('the key is shown in full to who manages licences on either side, its end to who reads them, nothing to others', async () => {
  const license = await issued({ maxInstallations: 1 })
  const end = license.key.slice(-4)
  const listed = async (client: GraphClient) =>
    (await client.request(LicensesDocument, { first: 100 })).licenses.nodes.filter(
      ({ id }) => id === license.id,
    )
  const shown: Partial<Record<Role, string>> = { ADMIN: license.key, OPERATOR: end, VIEWER: end }
  for (const [role, key] of Object.entries(shown)) {
    expect(await read(acme.as[role as Role], license.id), role).toMatchObject({ key })
    expect(await listed(acme.as[role as Role]), role).toMatchObject([{ key }])
    expect(await read(globex.as[role as Role], license.id), role).toBeNull()
    expect(await listed(globex.as[role as Role]), role).toEqual([])
  }
  expect(await read(acme.as.PUBLISHER, license.id)).toBeNull()
  expect(await refusalOf(acme.as.PUBLISHER.request(LicensesDocument, {}))).toMatchObject({
    code: 'FORBIDDEN',
  })
  // Its own ADMIN sees all of it and decides nothing; a stranger does not learn that it is there.
  const input = { licenseId: license.id, reason: 'Because.' }
  for (const [client, code] of [
    [acme.as.ADMIN, 'FORBIDDEN'],
    [acme.as.VIEWER, 'FORBIDDEN'],
    [globex.as.ADMIN, 'NOT_FOUND'],
  ] as const) {
    expect(await refusalOf(client.request(SuspendLicenseDocument, { input }))).toMatchObject({ code })
    expect(await refusalOf(client.request(RevokeLicenseDocument, { input }))).toMatchObject({ code })
    expect(await refusalOf(client.request(ReinstateLicenseDocument, { input }))).toMatchObject({ code })
    const renewal = { licenseId: license.id, expiresAt: inDays(9) }
    expect(await refusalOf(client.request(RenewLicenseDocument, { input: renewal }))).toMatchObject({ code })
  }
  expect(await refusalOf(issue({}, acme.as.ADMIN))).toMatchObject({ code: 'FORBIDDEN' })
})

test("who manages licences for a plugin's owner issues them, and knows no customers that he does not see", async () => {
  const { prisma } = server.app.database
  const own = await makeShelf(server.app, { plugin: { licenseRequired: false } })
  const ownerId = rowId(acme.organizationId)
  await prisma.plugin.update({ where: { id: own.pluginId }, data: { ownerId }, select: { id: true } })
  const ownPlugin = encodeGlobalId('Plugin', own.pluginId)
  const licensePolicy = { required: true, perpetualFallback: true, trialDays: 30 }
  const input = { pluginId: ownPlugin, licensePolicy }
  expect(await refusalOf(globex.as.ADMIN.request(UpdatePluginDocument, { input }))).toMatchObject({
    code: 'FORBIDDEN',
  })
  const { updatePlugin } = await acme.as.ADMIN.request(UpdatePluginDocument, { input })
  expect(accepted(updatePlugin).plugin).toMatchObject({ licensePolicy })
  // Left out stays, null ends.
  const less = { pluginId: ownPlugin, licensePolicy: { required: true, trialDays: null } }
  const changed = accepted((await acme.as.ADMIN.request(UpdatePluginDocument, { input: less })).updatePlugin)
  expect(changed.plugin!.licensePolicy).toEqual({ ...licensePolicy, trialDays: null })

  const toGlobex = { pluginId: ownPlugin, organizationId: globex.organizationId }
  expect(await refusalOf(issue(toGlobex, acme.as.ADMIN))).toMatchObject({ code: 'NOT_FOUND' })
  const theirs = await issued(toGlobex)
  const seen = (await acme.as.ADMIN.request(LicenseByIdDocument, { id: theirs.id })).node
  expect(seen).toMatchObject({ key: theirs.key, organization: null })
  expect((await globex.as.VIEWER.request(LicenseByIdDocument, { id: theirs.id })).node).toMatchObject({
    key: theirs.key.slice(-4),
    organization: { id: globex.organizationId },
  })
})

test('one of whoever has its key is seen where it is in use, with the seats of that organization only', async () => {
  const license = await issued({ type: 'FREE', organizationId: undefined })
  const at = async (tenant: Tenant) =>
    await take(
      server.app,
      { ...shelf, organizationId: rowId(tenant.organizationId), siteIds: tenant.siteIds.map(rowId) },
      { licenseKey: license.key },
    )
  expect(await read(globex.as.ADMIN, license.id)).toBeNull()
  await at(acme)
  await at(globex)
  expect(await seatsOf(server.app, rowId(license.id))).toEqual({ used: 2, seats: 2 })
  expect(await read(globex.as.ADMIN, license.id)).toMatchObject({
    key: license.key.slice(-4),
    usedInstallations: 1,
  })
  expect(await read(admin, license.id)).toMatchObject({ key: license.key, usedInstallations: 2 })
})

test('a trial is there once for a plugin and organization, as long as the policy says', async () => {
  const trial = { type: 'TRIAL', organizationId: globex.organizationId } as const
  expect(await issued(trial)).toMatchObject({ expiresAt: inDays(14) })
  expect(codesOf(await issue(trial))).toEqual(['TRIAL_USED'])
  const both = await Promise.all(
    [1, 2, 3].map(() => issue({ ...trial, organizationId: acme.organizationId })),
  )
  expect(both.flatMap(codesOf)).toEqual(['TRIAL_USED', 'TRIAL_USED'])
})

test('validateLicense tells the holder of a foreign key that it does not serve, and nothing of it', async () => {
  const license = await issued({ entitlements: ['secret'] })
  const validate = async (by: GraphClient, tenant: Tenant, key = license.key) =>
    (await by.request(ValidateLicenseDocument, { key, siteId: tenant.siteIds[0]!, pluginId })).validateLicense
  expect(await validate(acme.as.VIEWER, acme)).toMatchObject({
    valid: true,
    code: 'VALID',
    license: { id: license.id },
  })
  expect(await validate(globex.as.VIEWER, globex)).toEqual({
    valid: false,
    code: 'ORGANIZATION_MISMATCH',
    detail: 'The licence is for another organization.',
    license: null,
  })
  expect(await validate(acme.as.VIEWER, acme, 'no key')).toMatchObject({ code: 'NOT_FOUND', license: null })
  expect(await refusalOf(validate(globex.as.ADMIN, acme))).toMatchObject({ code: 'NOT_FOUND' })
  const stranger = graphClient(server.url, '')
  expect(await refusalOf(validate(stranger, acme))).toMatchObject({ code: 'UNAUTHENTICATED' })
  await stranger.close()
})
