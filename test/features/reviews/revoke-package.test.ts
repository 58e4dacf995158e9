import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  CreateDeploymentDocument,
  CreateOrganizationDocument,
  CreateSiteDocument,
  EmitEventDocument,
  InstallationChangedDocument,
  PluginBySlugDocument,
  RevokePackageDocument,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { castRoles, type Cast } from '../../../scripts/lib/cast.ts'
import { tellRevoked } from '../../../src/features/installations/tell-revoked.ts'
import { newId } from '../../../src/lib/ids.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import {
  activate,
  codesOf,
  install,
  openStage,
  publishPlugin,
  refusalOf,
  rowId,
  type TestStage,
} from '../../support/stage.ts'

let server: TestServer
let stage: TestStage
let others: Cast
let othersSite: string
beforeAll(async () => {
  server = await startTestServer()
  stage = await openStage(server)
  const made = await stage.admin.request(CreateOrganizationDocument, { input: { slug: 'globex', name: 'G' } })
  const organizationId = accepted(made.createOrganization).organization!.id
  others = await castRoles(server.url, stage.admin, organizationId)
  const input = { organizationId, slug: 'south', name: 'South', hostVersion: '2.0.0' }
  othersSite = accepted((await stage.admin.request(CreateSiteDocument, { input })).createSite).site!.id
})
afterAll(async () => {
  await others.close()
  await stage.close()
  await server.close()
})

const revoke = async (packageId: string, deactivate?: boolean, by = stage.reviewer) =>
  (
    await by.request(RevokePackageDocument, {
      input: { packageId, reason: 'It leaks.', ...(deactivate === undefined ? {} : { deactivate }) },
    })
  ).revokePackage

async function installations(packageId: string) {
  const { rows } = await server.app.database.pool.query<{ status: string; schedules: number; told: number }>(
    `select i.status, (select count(*)::int from job_schedule s where s.installation_id = i.id) as schedules,
       (select count(*)::int from event e where e.subject_id = i.id and e.type = 'plugin.revoked') as told
     from installation i where package_id = $1 order by i.id`,
    [rowId(packageId)],
  )
  return rows
}

const JOB = { jobs: [{ name: 'sweep', schedule: '0 3 * * *' }] }
const CODE = 'export default { jobs: { sweep: () => 1 } }\n'

test('revoking counts the installations, tells each organization of its own, and offers the last good version', async () => {
  const emit = { type: 'story.begins', siteId: othersSite, payload: {} }
  const { emitEvent } = await stage.admin.request(EmitEventDocument, { input: emit })
  const start = accepted(emitEvent).event!.cursor
  const good = await publishPlugin(stage, { id: 'leaky', version: '1.1.0' })
  await publishPlugin(stage, { id: 'leaky', version: '1.0.0' })
  const bad = await publishPlugin(stage, { id: 'leaky', version: '1.2.0', ...JOB }, CODE)
  accepted(await install(stage, bad, { activate: true }))
  accepted(await install(stage, bad, { siteId: stage.siteIds[1]! }))
  const input = { siteId: othersSite, activate: true }
  accepted(await install({ ...stage, operator: others.operator }, bad, input))
  expect(await refusalOf(revoke(bad, true, stage.publisher))).toMatchObject({ code: 'FORBIDDEN' })
  expect(await refusalOf(revoke(bad, true, stage.operator))).toMatchObject({ code: 'FORBIDDEN' })
  expect(accepted(await revoke(bad))).toMatchObject({
    affectedInstallations: 3,
    lastGoodPackage: { id: good, version: '1.1.0' },
    package: { status: 'REVOKED' },
  })
  // From a cursor on, so that nothing is missed, whenever it is listened to.
  const told = others.operator.subscribe(InstallationChangedDocument, { after: start })
  const changes: { previousStatus: unknown; reason: unknown }[] = []
  for await (const { installationChanged } of told) {
    changes.push(installationChanged)
    if (installationChanged.reason !== null) break
  }
  expect(changes).toEqual([
    expect.objectContaining({ previousStatus: null, reason: null }),
    expect.objectContaining({ previousStatus: 'INSTALLED', reason: null }),
    expect.objectContaining({ previousStatus: 'ACTIVE', reason: 'It leaks.' }),
  ])
  expect(await installations(bad)).toEqual([
    { status: 'ACTIVE', schedules: 1, told: 1 },
    { status: 'INSTALLED', schedules: 0, told: 1 },
    { status: 'ACTIVE', schedules: 1, told: 1 },
  ])
  const { plugin } = await stage.operator.request(PluginBySlugDocument, { slug: 'leaky' })
  expect(plugin!.latestPackage).toMatchObject({ id: good })
})

test('the last good version of a release is a release where there is one, and of a prerelease the highest below it', async () => {
  const versions = ['1.0.0+build.5', '1.1.0-rc.1', '1.1.0-rc.2', '1.1.0']
  const ids: string[] = []
  for (const version of versions) ids.push(await publishPlugin(stage, { id: 'staged', version }))
  const lastGood = async (version: string) =>
    accepted(await revoke(ids[versions.indexOf(version)]!)).lastGoodPackage?.version ?? null
  expect(await lastGood('1.1.0')).toBe('1.0.0+build.5')
  expect(await lastGood('1.1.0-rc.2')).toBe('1.1.0-rc.1')
  expect(await lastGood('1.0.0+build.5')).toBeNull()
})

test('a revoked package cannot be installed, activated or rolled out any more', async () => {
  const packageId = await publishPlugin(stage, { id: 'gone' })
  const installationId = accepted(await install(stage, packageId)).installation!.id
  accepted(await revoke(packageId))
  const siteId = stage.siteIds[2]!
  expect(codesOf(await install(stage, packageId, { siteId }))).toEqual(['REVOKED'])
  expect(codesOf(await activate(stage, installationId))).toEqual(['REVOKED'])
  const input = { type: 'INSTALL' as const, packageId, siteIds: [siteId] }
  const { createDeployment } = await stage.operator.request(CreateDeploymentDocument, { input })
  expect(codesOf(createDeployment)).toEqual(['REVOKED'])
  const { plugin } = await stage.operator.request(PluginBySlugDocument, { slug: 'gone' })
  expect(plugin).toMatchObject({ latestPackage: null })
})

test('with `deactivate` what is active becomes INACTIVE everywhere, and its jobs are scheduled no more', async () => {
  const packageId = await publishPlugin(stage, { id: 'off', ...JOB }, CODE)
  accepted(await install(stage, packageId, { activate: true }))
  accepted(await install(stage, packageId, { siteId: stage.siteIds[1]! }))
  expect(accepted(await revoke(packageId, true))).toMatchObject({ affectedInstallations: 2 })
  expect(await installations(packageId)).toEqual([
    { status: 'INACTIVE', schedules: 0, told: 1 },
    { status: 'INSTALLED', schedules: 0, told: 1 },
  ])
})

test('a thousand installations are told once each, also where two tell at once', async () => {
  const packageId = await publishPlugin(stage, { id: 'everywhere' })
  const { pool } = server.app.database
  const { rows } = await pool.query<{ organization_id: string; plugin_id: string }>(
    `select s.organization_id, p.plugin_id from site s, package p where s.id = $1 and p.id = $2`,
    [rowId(stage.siteIds[0]!), rowId(packageId)],
  )
  for (let index = 0; index < 1000; index += 1) {
    const siteId = newId()
    await pool.query(
      `with made as (insert into site (id, organization_id, slug, name, host_version, created_at)
         values ($1, $2, $3, 'Many', '2.0.0', now()) returning id)
       insert into installation (id, organization_id, site_id, plugin_id, package_id, status, installed_at, activated_at)
         select $4, $2, id, $5, $6, 'ACTIVE', now(), now() from made`,
      [siteId, rows[0]!.organization_id, `many-${index}`, newId(), rows[0]!.plugin_id, rowId(packageId)],
    )
  }
  const revocation = { packageId: rowId(packageId), reason: 'It leaks.', deactivate: true, actorId: null }
  const [answer] = await Promise.all([revoke(packageId, true), tellRevoked(server.app, revocation)])
  expect(accepted(answer).affectedInstallations).toBe(1000)
  await tellRevoked(server.app, revocation)
  const after = await installations(packageId)
  expect(new Set(after.map((row) => JSON.stringify(row)))).toEqual(
    new Set([JSON.stringify({ status: 'INACTIVE', schedules: 0, told: 1 })]),
  )
}, 60_000)
