import { afterAll, beforeAll, expect, test } from 'vitest'
import { encodeGlobalId } from '../../../src/graphql/global-id.ts'
import { schema } from '../../../src/schema.ts'
import { ask } from '../../support/http.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { openStage, publishPlugin, rowId, run, type TestStage } from '../../support/stage.ts'

let server: TestServer
let stage: TestStage
let installationId: string
let pluginId: string
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  stage = await openStage(server)
  installationId = await run(stage, { id: 'noted' }, 'export default {}')
  const found = await server.app.database.prisma.installation.findUniqueOrThrow({
    where: { id: rowId(installationId) },
  })
  pluginId = found.pluginId
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

/** What the log tells of a mutation that was accepted: action, before and after. */
async function told(name: string, input: Record<string, unknown>, key = server.adminKey) {
  const type = schema.getMutationType()!.getFields()[name]!.args[0]!.type.toString()
  const document = `mutation ($input: ${type}) { ${name}(input: $input) { userErrors { code message } } }`
  const { json, headers } = await ask(server, document, { key, variables: { input } })
  expect(json).toEqual({ data: { [name]: { userErrors: [] } } })
  const entries = await server.app.database.prisma.auditEntry.findMany({
    where: { requestId: headers.get('x-request-id')! },
    select: { action: true, details: true, pluginId: true, success: true },
    orderBy: { id: 'asc' },
  })
  return entries.map(({ action, details, pluginId: concerned, success }) => {
    const { before, after } = details as { before?: unknown; after?: unknown }
    expect(success).toBe(true)
    return { action, before, after, ...(concerned === null ? {} : { pluginId: concerned }) }
  })
}

test('of an organization, only what changed', async () => {
  const { organizationId } = stage
  expect(await told('updateOrganization', { organizationId, name: 'Renamed' })).toEqual([
    { action: 'organization.updated', before: { name: 'Organization acme' }, after: { name: 'Renamed' } },
  ])
  expect(
    await told('updateOrganization', { organizationId, name: 'Renamed', requireSignatures: true }),
  ).toEqual([
    {
      action: 'organization.updated',
      before: { requireSignatures: false },
      after: { requireSignatures: true },
    },
  ])
  await told('updateOrganization', { organizationId, requireSignatures: false })
})

test('of what is new, what it is', async () => {
  const site = { organizationId: stage.organizationId, slug: 'east', name: 'East', hostVersion: '2.0.0' }
  expect(await told('createSite', { ...site, labels: { env: 'test' } })).toMatchObject([
    {
      action: 'site.created',
      before: null,
      after: { slug: 'east', hostVersion: '2.0.0', labels: { env: 'test' } },
    },
  ])
  const registry = { slug: 'noted', name: 'Noted', type: 'DEVELOPER', organizationId: stage.organizationId }
  expect(await told('createRegistry', registry)).toMatchObject([
    { action: 'registry.created', before: null, after: { slug: 'noted', type: 'DEVELOPER' } },
  ])
  const { id } = await server.app.database.prisma.registry.findUniqueOrThrow({ where: { slug: 'noted' } })
  const registryId = encodeGlobalId('Registry', id)
  expect(await told('updateRegistry', { registryId, isActive: false, name: 'Noted' })).toEqual([
    { action: 'registry.updated', before: { isActive: true }, after: { isActive: false } },
  ])
})

test('of states, both, with the plugin that it concerns', async () => {
  expect(await told('deactivateInstallation', { installationId }, stage.operatorKey)).toEqual([
    { action: 'plugin.disabled', before: { status: 'ACTIVE' }, after: { status: 'INACTIVE' }, pluginId },
  ])
  const packageId = await publishPlugin(stage, { id: 'noted', version: '2.0.0' })
  expect(await told('yankPackage', { packageId, reason: 'Too noisy' })).toEqual([
    { action: 'package.yanked', before: { yankReason: null }, after: { yankReason: 'Too noisy' }, pluginId },
  ])
  expect(await told('revokePackage', { packageId, reason: 'Gone' })).toEqual([
    { action: 'package.revoked', before: { status: 'APPROVED' }, after: { status: 'REVOKED' }, pluginId },
  ])
  const approved = await server.app.database.prisma.auditEntry.findFirstOrThrow({
    where: { action: 'package.approved', subjectId: rowId(packageId) },
  })
  expect(approved.details).toMatchObject({
    before: { status: 'IN_REVIEW' },
    after: { status: 'APPROVED', grantedPermissions: [] },
  })
})

test('of secrets, the version alone', async () => {
  const secret = { installationId, key: 'TOKEN' }
  expect(await told('setSecret', { ...secret, value: 'hunter2-first' })).toEqual([
    { action: 'secret.changed', before: null, after: { version: 1 }, pluginId },
  ])
  expect(await told('setSecret', { ...secret, value: 'hunter2-second' })).toEqual([
    { action: 'secret.changed', before: { version: 1 }, after: { version: 2 }, pluginId },
  ])
  const { rows } = await server.app.database.pool.query<{ n: number }>(
    `select count(*)::int as n from audit_entry e where e::text like '%hunter2%'`,
  )
  expect(rows[0]!.n).toBe(0)
})

test('of ratings, the one before; by the plugin, all of it is found', async () => {
  const rated = { pluginId: encodeGlobalId('Plugin', pluginId), siteId: stage.siteIds[0] }
  await told('ratePlugin', { ...rated, rating: 2 }, stage.operatorKey)
  expect(await told('ratePlugin', { ...rated, rating: 5, comment: 'Mended' }, stage.operatorKey)).toEqual([
    {
      action: 'plugin.rated',
      before: { rating: 2, comment: null },
      after: { rating: 5, comment: 'Mended' },
      pluginId,
    },
  ])
  const query = `query ($filter: AuditFilter) { auditLog(filter: $filter, first: 100) { nodes { action } } }`
  const { json } = await ask(server, query, {
    key: server.adminKey,
    variables: { filter: { pluginId: rated.pluginId } },
  })
  const { nodes } = json!.data!['auditLog'] as { nodes: { action: string }[] }
  const actions = new Set(nodes.map(({ action }) => action))
  for (const action of [
    'package.submitted',
    'package.approved',
    'plugin.installed',
    'secret.changed',
    'plugin.rated',
  ])
    expect(actions).toContain(action)
})
