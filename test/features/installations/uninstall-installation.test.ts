import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  IssueLicenseDocument,
  SetSecretDocument,
  UpdatePluginDocument,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { deactivate, FALLIBLE, FALLIBLE_SETTINGS, hooksOf, rowsOf, uninstall } from '../../support/life.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import {
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
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  stage = await openStage(server)
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

test('secrets go with what they were for, those of the organization with its last installation; or stay by `keepData`', async () => {
  const packageId = await publishPlugin(stage, {
    id: 'secretive',
    secrets: [{ key: 'TOKEN' }],
    permissions: [{ permission: 'secrets:read', reason: 'To sign in.' }],
  })
  const [north, south] = stage.siteIds as [string, string]
  const put = async (siteId: string) => accepted(await install(stage, packageId, { siteId })).installation!.id
  const secret = async (more: object) =>
    accepted(
      (await stage.operator.request(SetSecretDocument, { input: { key: 'TOKEN', value: 'hidden', ...more } }))
        .setSecret,
    )
  const kept = async () => {
    const { rows } = await server.app.database.pool.query<{ place: string }>(
      `select coalesce(site.slug, 'organization') as place from secret left join site on site.id = secret.site_id
       join plugin on plugin.id = secret.plugin_id where plugin.slug = 'secretive' order by 1`,
    )
    return rows.map(({ place }) => place)
  }
  const there = await put(south)
  const here = await put(north)
  await secret({ installationId: here })
  await secret({ installationId: there })
  const { rows } = await server.app.database.pool.query<{ id: string }>(
    `select plugin_id as id from installation where id = $1`,
    [rowId(here)],
  )
  const pluginId = Buffer.from(`Plugin:${rows[0]!.id}`).toString('base64')
  await secret({ organizationId: stage.organizationId, pluginId })
  accepted(await uninstall(stage, here, { keepData: true }))
  expect(await kept()).toEqual(['north', 'organization', 'south'])
  accepted(await uninstall(stage, await put(north)))
  expect(await kept()).toEqual(['organization', 'south'])
  accepted(await uninstall(stage, there))
  expect(await kept()).toEqual([])
})

test('a seat is given back by an uninstall, and where an install is undone', async () => {
  const packageId = await publishPlugin(stage, { id: 'seated', settings: FALLIBLE_SETTINGS }, FALLIBLE)
  const { rows } = await server.app.database.pool.query<{ id: string }>(
    `select id from plugin where slug = 'seated'`,
  )
  const pluginId = Buffer.from(`Plugin:${rows[0]!.id}`).toString('base64')
  const policy = { pluginId, licensePolicy: { required: true } }
  accepted((await stage.admin.request(UpdatePluginDocument, { input: policy })).updatePlugin)
  expect(codesOf(await install(stage, packageId))).toEqual(['LICENSE_REQUIRED'])
  const licence = { pluginId, type: 'ENTERPRISE' as const, organizationId: stage.organizationId }
  const input = { ...licence, maxInstallations: 1 }
  accepted((await stage.admin.request(IssueLicenseDocument, { input })).issueLicense)
  const used = async () => {
    const seats = await server.app.database.pool.query<{ n: number }>(
      `select used_installations as n from license where plugin_id = $1`,
      [rows[0]!.id],
    )
    return seats.rows[0]!.n
  }
  const failing = { configuration: { failing: 'onInstall' } }
  expect(codesOf(await install(stage, packageId, failing))).toEqual(['SANDBOX_ERROR'])
  expect(await used()).toBe(0)
  const { installation } = accepted(await install(stage, packageId, { activate: true }))
  expect(await used()).toBe(1)
  expect(codesOf(await install(stage, packageId, { siteId: stage.siteIds[1]! }))).toEqual(['LICENSE_LIMIT'])
  accepted(await uninstall(stage, installation!.id))
  expect(await used()).toBe(0)
  accepted(await install(stage, packageId, { siteId: stage.siteIds[1]! }))
})

test('a plugin whose package was revoked can be stopped and uninstalled: its code is not asked', async () => {
  const packageId = await publishPlugin(stage, { id: 'withdrawn' }, FALLIBLE)
  const { installation } = accepted(await install(stage, packageId, { activate: true }))
  await server.app.database.pool.query(
    `update package set status = 'REVOKED', status_reason = 'It leaks.' where id = $1`,
    [rowId(packageId)],
  )
  const before = await hooksOf(server, 'withdrawn')
  accepted(await deactivate(stage, installation!.id))
  accepted(await uninstall(stage, installation!.id))
  expect(await hooksOf(server, 'withdrawn')).toEqual(before)
})

test('a viewer may not, a stranger of another organization finds nothing', async () => {
  const packageId = await publishPlugin(stage, { id: 'guarded' })
  const { installation } = accepted(await install(stage, packageId))
  const other = await openStage(server, 'globex')
  expect(await refusalOf(uninstall({ ...stage, operator: other.operator }, installation!.id))).toMatchObject({
    code: 'NOT_FOUND',
  })
  expect(await refusalOf(uninstall({ ...stage, operator: stage.publisher }, installation!.id))).toMatchObject(
    {
      code: 'NOT_FOUND',
    },
  )
  await other.close()
  expect((await rowsOf(server, 'guarded'))[0]!.status).toBe('INSTALLED')
})
