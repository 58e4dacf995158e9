import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  InstallationSettingsDocument,
  UpdatePluginSettingsDocument,
  UpgradeInstallationDocument,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { encodeGlobalId } from '../../../src/graphql/global-id.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { codesOf, install, openStage, publishPlugin, rowId, type TestStage } from '../../support/stage.ts'

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

const SETTINGS = {
  type: 'object',
  properties: { host: { type: 'string', default: 'localhost' }, port: { type: 'integer', default: 25 } },
}

async function seen(id: string) {
  const { node } = await stage.operator.request(InstallationSettingsDocument, { id })
  // oxlint-disable-next-line no-underscore-dangle -- GraphQL names it so.
  if (node?.__typename !== 'Installation') throw new Error('It is an installation.')
  return node
}

test('a key that is locked between two versions: an upgrade keeps what the site had there, which does not count; a new value is refused', async () => {
  const plugin = { id: 'mailer', settings: SETTINGS }
  const old = await publishPlugin(stage, { ...plugin, version: '1.0.0' })
  const configuration = { host: 'mine', port: 2525 }
  const { installation } = accepted(await install(stage, old, { configuration, activate: true }))
  const { pluginId } = await server.app.database.prisma.installation.findUniqueOrThrow({
    where: { id: rowId(installation!.id) },
    select: { pluginId: true },
  })
  const next = await publishPlugin(stage, { ...plugin, version: '1.1.0' })
  const lock = async (locked: string[]) => {
    const input = {
      scope: 'GLOBAL' as const,
      pluginId: encodeGlobalId('Plugin', pluginId),
      settings: { host: 'ours' },
      locked,
    }
    accepted((await stage.admin.request(UpdatePluginSettingsDocument, { input })).updatePluginSettings)
  }
  await lock(['host'])
  const upgrade = async (more: object = {}) =>
    (
      await stage.operator.request(UpgradeInstallationDocument, {
        input: { installationId: installation!.id, packageId: next, ...more },
      })
    ).upgradeInstallation

  expect(codesOf(await upgrade({ configuration: { host: 'another' } }))).toEqual(['SETTING_LOCKED'])
  const { id } = accepted(await upgrade()).installation!

  const locked = await seen(id)
  expect(locked.configuration).toEqual(configuration)
  expect(locked.effectiveSettings).toEqual({ host: 'ours', port: 2525 })
  expect(locked.settingsOrigin).toContainEqual(
    expect.objectContaining({ key: 'host', level: 'GLOBAL', lockedBy: 'GLOBAL' }),
  )
  await lock([])
  expect((await seen(id)).effectiveSettings).toEqual({ host: 'mine', port: 2525 })
})
