import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { generateKeyPairSync } from 'node:crypto'
import { Kind, parse } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { GraphError, graphClient, type GraphClient } from '../../../scripts/lib/graph-client.ts'
import { ROLE_PERMISSIONS } from '../../../src/auth/permissions.ts'
import { schema } from '../../../src/schema.ts'
import type { Role } from '../../../src/generated/prisma/enums.ts'
import { approveAs, keysOf, makeRegistry, openTenant, submitTo, type Tenant } from '../registries/support.ts'
import { makeDeadDelivery } from '../../support/dead-delivery.ts'
import { makeEndedDelivery } from '../../support/ended-delivery.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { countRows, rowId } from '../../support/stage.ts'
import { MUTATIONS, type Needs, type World } from './mutation-table.ts'

let server: TestServer
let admin: GraphClient
let acme: Tenant
let platform: Record<Role, GraphClient>
let world: World
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  admin = graphClient(server.url, server.adminKey)
  acme = await openTenant(server, admin, 'acme')
  platform = await keysOf(server, admin)
  world = await makeWorld()
}, 60_000)
afterAll(async () => {
  await Promise.all([acme.close(), admin.close(), ...Object.values(platform).map((it) => it.close())])
  await server.close()
})

/** Calls a mutation by its name alone, selecting what is asked for of its payload. */
async function call<Payload>(by: GraphClient, name: string, input: object, fields = ''): Promise<Payload> {
  const field = schema.getMutationType()!.getFields()[name]!
  const type = field.args[0]?.type
  const selection = `{ ${fields} userErrors { code message } }`
  const document =
    type === undefined
      ? `mutation { ${name} ${selection} }`
      : `mutation ($input: ${String(type)}) { ${name}(input: $input) ${selection} }`
  const data = (await by.request(document as never, { input } as never)) as Record<string, Payload>
  return data[name]!
}

async function makeWorld(): Promise<World> {
  const { organizationId } = acme
  const registryId = await makeRegistry(admin, {
    organizationId,
    slug: 'own',
    name: 'Own',
    type: 'ENTERPRISE',
  })
  const settings = { type: 'object', properties: { tone: { type: 'string' } } }
  const walked = { id: 'walked', contributes: { permissions: ['walked:read'] }, settings }
  const packageId = accepted(await submitTo(acme.as.PUBLISHER, registryId, walked)).package!.id
  const pendingId = accepted(await submitTo(acme.as.PUBLISHER, registryId, { id: 'pending' })).package!.id
  await approveAs(acme.as.REVIEWER, packageId)
  const siteId = acme.siteIds[0]!
  const made = async (name: string, input: object, type: string): Promise<string> => {
    type Payload = Record<string, { id: string }> & { userErrors: { code: string; message: string }[] }
    return accepted(await call<Payload>(admin, name, input, `${type} { id }`))[type]!.id
  }
  const query = `query ($id: ID!) { node(id: $id) { ... on Package { plugin { id } } } }`
  const { node } = (await admin.request(query as never, { id: packageId } as never)) as {
    node: { plugin: { id: string } }
  }
  const pluginId = node.plugin.id
  const level = { scope: 'ORGANIZATION', pluginId, organizationId }
  await call(admin, 'updatePluginSettings', { ...level, settings: { tone: 'kind' } })
  const { rows } = await server.app.database.pool.query<{ id: string }>(
    'select id from settings_revision limit 1',
  )
  const { publicKey } = generateKeyPairSync('ed25519')
  const key = { organizationId, name: 'key', publicKey: publicKey.export({ type: 'spki', format: 'pem' }) }
  const installationId = await made('installPlugin', { siteId, packageId }, 'installation')
  const source = 'api_version: v1\nname: told\non: [a.b]\ndelivery: { url: "https://example.com" }\n'
  const webhookId = await made('applyWebhook', { organizationId, name: 'told', source }, 'webhook')
  // As one that a plugin brings, which nobody can delete: all callers find it.
  await server.app.database.pool.query('update webhook set plugin_id = $1', [rowId(pluginId)])
  return {
    webhookId,
    webhookDeliveryId: await makeEndedDelivery(server, webhookId),
    organizationId,
    siteId,
    registryId,
    pluginId,
    packageId,
    pendingId,
    installationId,
    licenseId: await made('issueLicense', { pluginId, organizationId, type: 'ENTERPRISE' }, 'license'),
    revisionId: Buffer.from(`SettingsRevision:${rows[0]!.id}`).toString('base64'),
    publisherKeyId: await made('registerPublisherKey', key, 'publisherKey'),
    apiKeyId: await made('createApiKey', { organizationId, name: 'victim', role: 'VIEWER' }, 'apiKey'),
    eventDeliveryId: await makeDeadDelivery(server, installationId),
  }
}

const inTheGraph = (): string[] => Object.keys(schema.getMutationType()!.getFields())

async function inTheContract(): Promise<string[]> {
  const contract = await readFile(path.join(import.meta.dirname, '../../contract.graphql'), 'utf8')
  return parse(contract).definitions.flatMap((it) =>
    it.kind === Kind.OBJECT_TYPE_DEFINITION && it.name.value === 'Mutation'
      ? (it.fields ?? []).map(({ name }) => name.value)
      : [],
  )
}

test('every mutation of the graph stands in the table, and the table names no others than the contract', async () => {
  const listed = Object.keys(MUTATIONS)
  const known = new Set([...inTheGraph(), ...(await inTheContract())])
  expect({
    notInTheTable: inTheGraph().filter((name) => !listed.includes(name)),
    unheardOf: listed.filter((name) => !known.has(name)),
  }).toEqual({ notInTheTable: [], unheardOf: [] })
})

interface Caller {
  name: string
  role: Role
  scope: 'organization' | 'platform'
  client: GraphClient
}

const callers = (): Caller[] =>
  (['organization', 'platform'] as const).flatMap((scope) =>
    Object.entries(scope === 'platform' ? platform : acme.as).map(([role, client]) => ({
      name: `${role} of the ${scope}`,
      role: role as Role,
      scope,
      client,
    })),
  )

function mayCall({ role, scope }: Caller, { anyOf, platform }: Needs): boolean {
  return (
    (platform === undefined || scope === 'platform') &&
    anyOf.some((permission) => ROLE_PERMISSIONS[role].has(permission))
  )
}

/** Code of the error that ends the request; null where it was carried out, or the caller can mend it. */
async function codeOf(by: GraphClient, name: string, input: object): Promise<string | null> {
  try {
    await call(by, name, input)
    return null
  } catch (error) {
    if (error instanceof GraphError) return error.code
    throw error
  }
}

const built = (): [string, Needs][] =>
  Object.entries(MUTATIONS).filter(([name]) => inTheGraph().includes(name))

/** Rows of each table and our events, but for what the service measures by itself meanwhile. */
async function countChanges(): Promise<object> {
  const rows = Object.entries(await countRows(server)).filter(
    ([name]) => !/^(health|event|invocation_)/.test(name),
  )
  const told = await server.app.database.prisma.event.count({ where: { NOT: { type: 'health.recorded' } } })
  return { ...Object.fromEntries(rows), told }
}

test('whose role does not permit a mutation is refused, and nothing changes; who has no role at all as well', async () => {
  const before = await countChanges()
  const stranger = graphClient(server.url, '')
  const allowed: string[] = []
  for (const [name, needs] of built()) {
    const input = needs.input(world, 0)
    if ((await codeOf(stranger, name, input)) !== 'UNAUTHENTICATED') allowed.push(`${name} by a stranger`)
    for (const caller of callers().filter((it) => !mayCall(it, needs))) {
      const code = await codeOf(caller.client, name, input)
      if (code !== 'FORBIDDEN' && code !== 'NOT_FOUND') allowed.push(`${name} by ${caller.name}: ${code}`)
    }
  }
  expect(allowed).toEqual([])
  expect(await countChanges()).toEqual(before)
  await stranger.close()
}, 120_000)

test('whose role permits a mutation may call it', async () => {
  const refused: string[] = []
  let turn = 0
  for (const [name, needs] of built()) {
    for (const caller of callers().filter((it) => mayCall(it, needs))) {
      const code = await codeOf(caller.client, name, needs.input(world, (turn += 1)))
      if (code !== null && code !== 'CONFLICT') refused.push(`${name} by ${caller.name}: ${code}`)
    }
  }
  expect(refused).toEqual([])
}, 120_000)

test('a viewer changes nothing, an operator runs plugins, a publisher submits, a reviewer decides, an administrator does all', () => {
  const may = (role: Role): string[] =>
    Object.entries(MUTATIONS)
      .filter(([, { anyOf }]) => anyOf.some((permission) => ROLE_PERMISSIONS[role].has(permission)))
      .map(([name]) => name)
  expect(may('VIEWER')).toEqual([])
  expect(may('ADMIN')).toEqual(Object.keys(MUTATIONS))
  const withdrawal = ['deprecatePackage', 'yankPackage', 'unyankPackage', 'revokePublisherKey']
  expect(may('PUBLISHER').toSorted()).toEqual(
    ['submitPackage', 'syncPlugins', 'registerPublisherKey', ...withdrawal].toSorted(),
  )
  expect(may('REVIEWER').toSorted()).toEqual(
    [
      'startReview',
      'approvePackage',
      'rejectPackage',
      'promotePackage',
      'revokePackage',
      ...withdrawal,
    ].toSorted(),
  )
  const notForOperators = may('OPERATOR').filter((name) =>
    /Organization|Role|ApiKey|Registry|Review|License/.test(name),
  )
  expect(notForOperators).toEqual([])
})
