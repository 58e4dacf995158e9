import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  InstallationSettingsDocument,
  RevertPluginSettingsDocument,
  SettingsRevisionsDocument,
  UpdatePluginSettingsDocument,
  type UpdatePluginSettingsInput,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import type { GraphClient } from '../../../scripts/lib/graph-client.ts'
import { encodeGlobalId } from '../../../src/graphql/global-id.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { install, openStage, publishPlugin, refusalOf, rowId, type TestStage } from '../../support/stage.ts'

const SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['mode'],
  properties: {
    mode: { enum: ['fast', 'safe'] },
    retries: { type: 'integer', minimum: 0, maximum: 9, default: 3 },
    tags: { type: 'array', items: { type: 'string' }, default: ['all'] },
    smtp: {
      type: 'object',
      properties: { host: { type: 'string', default: 'localhost' }, port: { type: 'integer', default: 25 } },
      default: {},
    },
  },
}

let server: TestServer
let stage: TestStage
let other: TestStage
let installationId: string
let pluginId: string
beforeAll(async () => {
  server = await startTestServer()
  stage = await openStage(server, 'acme')
  other = await openStage(server, 'globex')
  const code = `import { definePlugin } from 'patchbay'
    export default definePlugin({ hooks: { seen: (ctx) => ctx.settings } })`
  const packageId = await publishPlugin(stage, { id: 'mailer', hooks: ['seen'], settings: SCHEMA }, code)
  const configuration = { mode: 'fast' }
  const { installation } = accepted(await install(stage, packageId, { configuration, activate: true }))
  installationId = installation!.id
  const { rows } = await server.app.database.pool.query<{ id: string }>(
    "select id from plugin where slug = 'mailer'",
  )
  pluginId = encodeGlobalId('Plugin', rows[0]!.id)
})
afterAll(async () => {
  await Promise.all([stage.close(), other.close()])
  await server.close()
})

const global = () => ({ scope: 'GLOBAL' as const, pluginId })
const ofOrganization = () => ({
  scope: 'ORGANIZATION' as const,
  pluginId,
  organizationId: stage.organizationId,
})
const ofSite = () => ({ scope: 'SITE' as const, installationId })

async function update(client: GraphClient, input: UpdatePluginSettingsInput) {
  return (await client.request(UpdatePluginSettingsDocument, { input })).updatePluginSettings
}

async function seen() {
  const { node } = await stage.operator.request(InstallationSettingsDocument, { id: installationId })
  // oxlint-disable-next-line no-underscore-dangle -- GraphQL names it so.
  if (node?.__typename !== 'Installation') throw new Error('It is an installation.')
  return node
}

test('levels lie over each other: defaults, global, organization, site; objects by key, arrays as a whole', async () => {
  accepted(await update(stage.admin, { ...global(), settings: { smtp: { host: 'a' }, tags: ['x', 'y'] } }))
  accepted(
    await update(stage.operator, { ...ofOrganization(), settings: { smtp: { port: 587 }, tags: ['z'] } }),
  )
  accepted(await update(stage.operator, { ...ofSite(), settings: { retries: 5 } }))
  const node = await seen()
  expect(node.effectiveSettings).toEqual({
    mode: 'fast',
    retries: 5,
    tags: ['z'],
    smtp: { host: 'a', port: 587 },
  })
  const origins = node.settingsOrigin.map(({ key, level }) => `${key} ${level}`)
  expect(origins.sort()).toEqual([
    'mode SITE',
    'retries SITE',
    'smtp.host GLOBAL',
    'smtp.port ORGANIZATION',
    'tags ORGANIZATION',
  ])
})

test('null takes a key away, and what stands below shows again', async () => {
  accepted(await update(stage.operator, { ...ofSite(), settings: { retries: null } }))
  accepted(await update(stage.operator, { ...ofOrganization(), settings: { tags: null } }))
  const node = await seen()
  expect(node.configuration).toEqual({ mode: 'fast' })
  expect(node.effectiveSettings).toMatchObject({ retries: 3, tags: ['x', 'y'] })
})

test('settings that break their schema in several places are refused with each path, and nothing changes', async () => {
  const before = await seen()
  const refused = await update(stage.operator, {
    ...ofSite(),
    settings: { mode: 'slow', retries: 99, smtp: { port: 'x' }, colour: 'red' },
  })
  expect(refused.userErrors.map(({ code }) => code)).toEqual(Array(4).fill('SETTINGS_INVALID'))
  expect(refused.userErrors.map(({ field }) => field!.join('.')).sort()).toEqual([
    'settings',
    'settings.mode',
    'settings.retries',
    'settings.smtp.port',
  ])
  expect(await seen()).toEqual(before)
})

test('a general level need not give what is required, but a site has to have it', async () => {
  accepted(await update(stage.admin, { ...global(), settings: { retries: 1 } }))
  const refused = await update(stage.operator, { ...ofSite(), settings: { mode: null } })
  expect(refused.userErrors).toMatchObject([{ code: 'SETTINGS_INVALID' }])
})

test('what a level locks cannot be set below it, and what was set there before does not count meanwhile', async () => {
  accepted(await update(stage.operator, { ...ofSite(), settings: { smtp: { host: 'mine', port: 2525 } } }))
  accepted(await update(stage.admin, { ...global(), settings: {}, locked: ['smtp.host'] }))
  const node = await seen()
  expect(node.effectiveSettings).toMatchObject({ smtp: { host: 'a', port: 2525 } })
  expect(node.settingsOrigin.find(({ key }) => key === 'smtp.host')).toMatchObject({
    level: 'GLOBAL',
    lockedBy: 'GLOBAL',
  })
  for (const settings of [{ smtp: { host: 'b' } }, { smtp: 'off' }]) {
    const { userErrors } = await update(stage.operator, { ...ofOrganization(), settings })
    expect(userErrors).toContainEqual(
      expect.objectContaining({ code: 'SETTING_LOCKED', field: ['settings', 'smtp', 'host'] }),
    )
  }
  accepted(await update(stage.operator, { ...ofSite(), settings: { retries: 2 } }))
  accepted(await update(stage.admin, { ...global(), settings: {}, locked: [] }))
  expect((await seen()).effectiveSettings).toMatchObject({ smtp: { host: 'mine' } })
})

test('a lock of a setting that there is not is refused with what is meant', async () => {
  const { userErrors } = await update(stage.admin, {
    ...global(),
    settings: {},
    locked: ['smtp.hots', 'x.y'],
  })
  expect(userErrors.map(({ code }) => code)).toEqual(['INVALID_INPUT', 'INVALID_INPUT'])
  expect(userErrors[0]!.message).toContain('Did you mean "host"?')
  const site = await update(stage.operator, { ...ofSite(), settings: {}, locked: ['mode'] })
  expect(site.userErrors).toMatchObject([{ code: 'INVALID_INPUT', field: ['locked'] }])
})

test('each change is a revision with who and when, and one can go back to any of them', async () => {
  const list = async () => {
    const variables = { pluginId, scope: 'SITE' as const }
    return (await stage.operator.request(SettingsRevisionsDocument, variables)).settingsRevisions.nodes
  }
  // What was given at the install is the first.
  expect((await list()).at(-1)).toMatchObject({ number: 1, settings: { mode: 'fast' } })
  accepted(await update(stage.operator, { ...ofSite(), settings: { retries: 7 } }))
  const [latest, former] = await list()
  expect(latest).toMatchObject({ settings: { mode: 'fast', retries: 7 }, revertedToId: null })
  expect(latest!.author).toMatchObject({ name: 'operator of the story' })
  accepted(await update(stage.operator, { ...ofSite(), settings: { retries: 7 } }))
  expect((await list())[0]!.id).toBe(latest!.id)
  const input = { revisionId: former!.id }
  accepted((await stage.operator.request(RevertPluginSettingsDocument, { input })).revertPluginSettings)
  expect((await list())[0]).toMatchObject({
    number: latest!.number + 1,
    settings: former!.settings,
    revertedToId: former!.id,
  })
  expect((await seen()).configuration).toEqual(former!.settings)
})

test('changes of one level at once all count, and their revisions are numbered without a gap', async () => {
  const keys = ['mode', 'retries', 'tags', 'smtp']
  const values = ['safe', 4, ['q'], { host: 'h' }]
  await Promise.all(
    keys.map(async (key, index) =>
      accepted(await update(stage.operator, { ...ofOrganization(), settings: { [key]: values[index]! } })),
    ),
  )
  const variables = { pluginId, scope: 'ORGANIZATION' as const }
  const { nodes } = (await stage.operator.request(SettingsRevisionsDocument, variables)).settingsRevisions
  expect(nodes[0]!.settings).toMatchObject({ mode: 'safe', retries: 4, tags: ['q'], smtp: { host: 'h' } })
  expect(nodes.map(({ number }) => number)).toEqual(nodes.map((_, index) => nodes.length - index))
})

test('strangers and those who lack the permission change nothing, and learn nothing', async () => {
  expect(await refusalOf(update(other.operator, { ...ofSite(), settings: { retries: 0 } }))).toMatchObject({
    code: 'NOT_FOUND',
  })
  expect(
    await refusalOf(update(other.operator, { ...ofOrganization(), settings: { retries: 0 } })),
  ).toMatchObject({ code: 'NOT_FOUND' })
  expect(await refusalOf(update(stage.operator, { ...global(), settings: { retries: 0 } }))).toMatchObject({
    code: 'FORBIDDEN',
  })
  expect(await refusalOf(update(stage.operator, { ...ofSite(), pluginId, settings: {} }))).toMatchObject({
    code: 'BAD_USER_INPUT',
  })
  const variables = { pluginId }
  const { nodes } = (await other.operator.request(SettingsRevisionsDocument, variables)).settingsRevisions
  expect(new Set(nodes.map(({ scope }) => scope))).toEqual(new Set(['GLOBAL']))
  const { rows } = await server.app.database.pool.query<{ id: string }>(
    "select id from settings_revision where scope = 'SITE' limit 1",
  )
  const input = { revisionId: encodeGlobalId('SettingsRevision', rows[0]!.id) }
  expect(await refusalOf(other.operator.request(RevertPluginSettingsDocument, { input }))).toMatchObject({
    code: 'NOT_FOUND',
  })
})

test('the audit log has what a change made of the level', async () => {
  const { rows } = await server.app.database.pool.query<{ details: Record<string, unknown> }>(
    `select details from audit_entry where action = 'settings.changed' and subject_id = $1
     and details ->> 'scope' = 'GLOBAL' order by id limit 1`,
    [rowId(pluginId)],
  )
  expect(rows[0]!.details).toMatchObject({
    scope: 'GLOBAL',
    before: { settings: {} },
    after: { settings: { smtp: { host: 'a' } } },
  })
})

test('an upgrade that never came in force has no settings to change', async () => {
  const { rows } = await server.app.database.pool.query<{ id: string }>(
    `insert into installation (id, organization_id, site_id, plugin_id, package_id, status, failure, in_force, supersedes_id, installed_at)
     select gen_random_uuid(), organization_id, site_id, plugin_id, package_id, 'FAILED', 'It broke.', false, id, installed_at
     from installation where id = $1 returning id`,
    [rowId(installationId)],
  )
  const candidate = encodeGlobalId('Installation', rows[0]!.id)
  const { userErrors } = await update(stage.operator, {
    scope: 'SITE',
    installationId: candidate,
    settings: { retries: 1 },
  })
  expect(userErrors).toMatchObject([{ code: 'INVALID_STATE', field: ['installationId'] }])
})
