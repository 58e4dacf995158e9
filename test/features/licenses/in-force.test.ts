import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  DispatchHookDocument,
  IssueLicenseDocument,
  LicenseByIdDocument,
  PluginBySlugDocument,
  ReinstateLicenseDocument,
  RevokeLicenseDocument,
  SuspendLicenseDocument,
  UninstallInstallationDocument,
  UpdatePluginDocument,
  type IssueLicenseInput,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { SERVICE } from '../../../src/auth/actor.ts'
import { upgradeInstallation } from '../../../src/features/upgrades/upgrade-installation.ts'
import { newId } from '../../../src/lib/ids.ts'
import { verifyLicenseCertificate } from '../../../src/platform/license-certificate.ts'
import { graphClient } from '../../../scripts/lib/graph-client.ts'
import { startTwin } from '../../support/life.ts'
import { eventually, send } from '../../support/http.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { encodeGlobalId } from '../../../src/graphql/global-id.ts'
import {
  activate,
  codesOf,
  install,
  openStage,
  publishPlugin,
  rowId,
  type TestStage,
} from '../../support/stage.ts'

let server: TestServer
let stage: TestStage
let packageId: string
let pluginId: string
beforeAll(async () => {
  server = await startTestServer()
  stage = await openStage(server)
  packageId = await publishPlugin(
    stage,
    { id: 'licensed', hooks: ['show_license', 'never_ends'] },
    `export default { hooks: {
      show_license: (ctx) => {
        try { ctx.license.entitlements.push('more') } catch (error) { return [ctx.license, Object.isFrozen(ctx.license)] }
        return ctx.license
      },
      never_ends: () => new Promise(() => {}),
    } }\n`,
  )
  pluginId = (await stage.admin.request(PluginBySlugDocument, { slug: 'licensed' })).plugin!.id
  await setRequired(true)
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

async function setRequired(required: boolean): Promise<void> {
  const input = { pluginId, licensePolicy: { required } }
  accepted((await stage.admin.request(UpdatePluginDocument, { input })).updatePlugin)
}

async function issue(input: Partial<IssueLicenseInput> = {}) {
  const whole = { pluginId, type: 'ENTERPRISE' as const, organizationId: stage.organizationId, ...input }
  return accepted((await stage.admin.request(IssueLicenseDocument, { input: whole })).issueLicense).license!
}

async function hook(name: string, by = stage.operator) {
  const input = { siteId: stage.siteIds[0]!, hook: name, payload: {} }
  return accepted((await by.request(DispatchHookDocument, { input })).dispatchHook).results
}

test('a licensed plugin is installed and runs by its licence, knows it, stops with it and comes back with it', async () => {
  expect(codesOf(await install(stage, packageId))).toEqual(['LICENSE_REQUIRED'])
  expect(codesOf(await install(stage, packageId, { licenseKey: 'no key' }))).toEqual(['NOT_FOUND'])
  const development = await issue({ type: 'DEVELOPER' })
  expect(codesOf(await install(stage, packageId, { licenseKey: development.key }))).toEqual([
    'LICENSE_INVALID',
  ])

  const expiresAt = '2099-01-01T00:00:00.000Z'
  const license = await issue({ maxInstallations: 1, entitlements: ['reports'], expiresAt })
  const { installation } = accepted(await install(stage, packageId, { activate: true }))
  const shown = await stage.admin.request(LicenseByIdDocument, { id: license.id })
  expect(shown.node).toMatchObject({
    usedInstallations: 1,
    installations: { totalCount: 1, nodes: [{ id: installation!.id, license: { id: license.id } }] },
  })
  const other = { siteId: stage.siteIds[1]! }
  expect(codesOf(await install(stage, packageId, other))).toEqual(['LICENSE_LIMIT'])
  const known = { type: 'ENTERPRISE', entitlements: ['reports'], expiresAt }
  expect(await hook('show_license')).toMatchObject([{ value: [known, true] }])

  // What has begun already is ended as well, in another process too, long before its own time is up.
  const twin = await startTwin(server)
  const there = graphClient(twin.url, stage.operatorKey)
  const endless = hook('never_ends', there)
  await eventually('it runs', async () => {
    const { rowCount } = await server.app.database.pool.query(
      `select 1 from invocation where name = 'never_ends' and status = 'RUNNING'`,
    )
    return rowCount === 1
  })
  const input = { licenseId: license.id, reason: 'Not paid.' }
  accepted((await stage.admin.request(SuspendLicenseDocument, { input })).suspendLicense)
  expect(await hook('show_license')).toEqual([])
  expect(await hook('show_license', there)).toEqual([])
  expect(await endless).toMatchObject([{ invocation: { outcome: 'CRASHED' } }])
  await there.close()
  await twin.close()
  accepted((await stage.admin.request(ReinstateLicenseDocument, { input })).reinstateLicense)
  expect(await hook('show_license')).toMatchObject([{ value: [known, true] }])

  // Uninstalled, its seat is another's.
  const gone = { installationId: installation!.id, cascade: false, keepData: false }
  const uninstalled = await stage.operator.request(UninstallInstallationDocument, { input: gone })
  accepted(uninstalled.uninstallInstallation)
  accepted(await install(stage, packageId, other))
})

test('where a licence becomes necessary what has none stops, and activating it takes one that came since', async () => {
  await setRequired(false)
  const siteId = stage.siteIds[0]!
  const { installation } = accepted(await install(stage, packageId, { siteId }))
  await setRequired(true)
  expect(codesOf(await activate(stage, installation!.id))).toEqual(['LICENSE_LIMIT'])
  await issue({ type: 'SITE', organizationId: undefined, siteId, entitlements: ['mine'] })
  accepted(await activate(stage, installation!.id))
  expect(await hook('show_license')).toMatchObject([
    { value: [{ type: 'SITE', entitlements: ['mine'] }, true] },
  ])
  // And what is ACTIVE goes on by one that is issued.
  await setRequired(false)
  const south = accepted(
    await install(stage, packageId, { siteId: stage.siteIds[2]!, activate: true }),
  ).installation!
  const licenseOf = async () =>
    await server.app.database.prisma.installation.findUniqueOrThrow({
      where: { id: rowId(south.id) },
      select: { licenseId: true },
    })
  await setRequired(true)
  expect(await licenseOf()).toEqual({ licenseId: null })
  const next = await issue()
  expect(await licenseOf()).toEqual({ licenseId: rowId(next.id) })
  const input = { licenseId: next.id, reason: 'It was a mistake.' }
  accepted((await stage.admin.request(RevokeLicenseDocument, { input })).revokeLicense)
  const another = await issue()
  expect(await licenseOf()).toEqual({ licenseId: rowId(another.id) })
  await setRequired(false)
})

test('an upgrade goes on by the licence and in the seat of its site, also where it is given up', async () => {
  await setRequired(true)
  const { app } = server
  const siteId = rowId(stage.siteIds[0]!)
  const current = async () =>
    await app.database.prisma.installation.findFirstOrThrow({
      where: { siteId, status: 'ACTIVE', supersededById: null },
      select: { id: true, licenseId: true, license: { select: { usedInstallations: true } } },
    })
  const before = await current()
  const upgrade = async (version: string, code: string) => {
    const next = rowId(await publishPlugin(stage, { id: 'licensed', version }, code))
    return await upgradeInstallation(app, SERVICE, { installationId: before.id, packageId: next })
  }
  const broken = 'export default { onActivate() { throw new Error() } }\n'
  await expect(upgrade('8.0.0', broken)).rejects.toMatchObject({ code: 'SANDBOX_ERROR' })
  expect(await current()).toEqual(before)
  const id = await upgrade('9.0.0', 'export default {}\n')
  expect(await current()).toEqual({ ...before, id })
  expect(before.license).toEqual({ usedInstallations: 1 })
  await setRequired(false)
})

test('of parallel installs by one key on the last seat one succeeds, and the others leave nothing behind', async () => {
  const { prisma } = server.app.database
  const organizationId = rowId(stage.organizationId)
  const ids = Array.from({ length: 25 }, () => newId())
  await prisma.site.createMany({
    data: ids.map((id, n) => ({
      id,
      organizationId,
      slug: `branch-${n}`,
      name: `Branch ${n}`,
      hostVersion: '2.0.0',
      createdAt: server.app.clock.now(),
    })),
  })
  const { id, key: licenseKey } = await issue({ maxInstallations: 1 })
  const payloads = await Promise.all(
    ids.map((siteId) => install(stage, packageId, { siteId: encodeGlobalId('Site', siteId), licenseKey })),
  )
  expect(payloads.flatMap(codesOf)).toEqual(Array.from({ length: 24 }, () => 'LICENSE_LIMIT'))
  const left = await prisma.installation.findMany({
    where: { siteId: { in: ids } },
    select: { licenseId: true },
  })
  expect(left).toEqual([{ licenseId: rowId(id) }])
})

test('the certificate is verified with the published keys, and a newer one takes its place', async () => {
  const expiresAt = '2099-01-01T00:00:00.000Z'
  const license = await issue({ expiresAt, gracePeriodDays: 5, entitlements: ['reports'] })
  const { json: keys } = await send(`${server.url}/.well-known/patchbay-keys.json`)
  const now = new Date()
  const first = await verifyLicenseCertificate(license.certificate, { keys, now, seen: null })
  const claims = {
    sub: license.id,
    plugin: 'licensed',
    organization: stage.organizationId,
    type: 'ENTERPRISE',
    entitlements: ['reports'],
    expiresAt,
    exp: Date.parse('2099-01-06T00:00:00Z') / 1000,
    serial: 1,
  }
  expect(first).toMatchObject({ valid: true, claims })
  const input = { licenseId: license.id, reason: 'Not paid.' }
  accepted((await stage.admin.request(SuspendLicenseDocument, { input })).suspendLicense)
  const { node } = await stage.admin.request(LicenseByIdDocument, { id: license.id })
  const { certificate } = node as { certificate: string }
  const second = await verifyLicenseCertificate(certificate, { keys, now, seen: first.seen! })
  expect(second).toMatchObject({ valid: false, refusal: 'SUSPENDED' })
  const back = await verifyLicenseCertificate(license.certificate, { keys, now, seen: second.seen! })
  expect(back).toMatchObject({ valid: false, refusal: 'OUTDATED' })
})
