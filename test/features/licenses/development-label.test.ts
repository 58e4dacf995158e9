import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  CreateSiteDocument,
  DispatchHookDocument,
  InstallationSettingsDocument,
  IssueLicenseDocument,
  PluginBySlugDocument,
  UpdatePluginDocument,
  UpdateSiteDocument,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { eventually } from '../../support/http.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { install, openStage, publishPlugin, type TestStage } from '../../support/stage.ts'

const CODE = `export default { hooks: {
  show_license: (ctx) => [ctx.license?.type ?? 'none'],
  never_ends: () => new Promise(() => {}),
} }
`

let server: TestServer
let stage: TestStage
let packageId: string
let pluginId: string
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  stage = await openStage(server)
  packageId = await publishPlugin(stage, { id: 'licensed', hooks: ['show_license', 'never_ends'] }, CODE)
  pluginId = (await stage.admin.request(PluginBySlugDocument, { slug: 'licensed' })).plugin!.id
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

async function setRequired(required: boolean): Promise<void> {
  const input = { pluginId, licensePolicy: { required } }
  accepted((await stage.admin.request(UpdatePluginDocument, { input })).updatePlugin)
}

test('a licence for development ends with the label of its site: at once, for what runs too, and begins with it', async () => {
  const siteId = accepted(
    (
      await stage.admin.request(CreateSiteDocument, {
        input: { organizationId: stage.organizationId, slug: 'lab', name: 'Lab', hostVersion: '2.0.0' },
      })
    ).createSite,
  ).site!.id
  const setLabels = async (labels: object) => {
    const input = { siteId, labels }
    accepted((await stage.admin.request(UpdateSiteDocument, { input })).updateSite)
  }
  const dispatch = async (name: string) => {
    const input = { siteId, hook: name, payload: {} }
    return accepted((await stage.operator.request(DispatchHookDocument, { input })).dispatchHook).results
  }
  await setRequired(true)
  const issued = { pluginId, type: 'DEVELOPER' as const, organizationId: stage.organizationId }
  const { license } = accepted(
    (await stage.admin.request(IssueLicenseDocument, { input: issued })).issueLicense,
  )
  const licenseKey = license!.key
  await setLabels({ env: 'development' })
  const { installation } = accepted(await install(stage, packageId, { siteId, licenseKey, activate: true }))
  expect(await dispatch('show_license')).toMatchObject([{ value: ['DEVELOPER'] }])
  const endless = dispatch('never_ends')
  await eventually('it runs', async () => {
    const { rowCount } = await server.app.database.pool.query(
      `select 1 from invocation where name = 'never_ends' and status = 'RUNNING'`,
    )
    return rowCount === 1
  })
  await setLabels({ env: 'production' })
  expect(await dispatch('show_license')).toEqual([])
  const { node } = await stage.operator.request(InstallationSettingsDocument, { id: installation!.id })
  expect(node).toMatchObject({
    effectivelyEnabled: false,
    disabledReasons: ['Its licence is for development only, and its site is not labelled env: development.'],
  })
  expect(await endless).toMatchObject([{ invocation: { outcome: 'CRASHED' } }])
  await setRequired(false)
  expect(await dispatch('show_license')).toMatchObject([{ value: ['none'] }])
})
