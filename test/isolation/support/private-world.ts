import { createHash, generateKeyPairSync } from 'node:crypto'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { SubmitPackageDocument } from '../../../schema/generated/graphql.ts'
import { graphClient } from '../../../scripts/lib/graph-client.ts'
import { encodeGlobalId } from '../../../src/graphql/global-id.ts'
import { makeDeadDelivery } from '../../support/dead-delivery.ts'
import { makeEndedDelivery } from '../../support/ended-delivery.ts'
import { ask } from '../../support/http.ts'
import type { TestServer } from '../../support/server.ts'
import { zipOf } from '../../support/stage.ts'

/** What every text of the private world holds, so that none of it can be overlooked in an answer. */
export const MARK = 'zebra'

/** An organization with at least one of everything, all of it its own. */
export interface PrivateWorld {
  organizationId: string
  siteId: string
  installationId: string
  /** The version that was let in. */
  packageId: string
  /** Its administrator's. */
  key: string
  /** Global ids of all its objects, by type. */
  ids: ReadonlyMap<string, readonly string[]>
}

const CODE = `import { definePlugin } from 'patchbay'
  export default definePlugin({
    hooks: { zebra_hook: (ctx) => ({ zebra: ctx.settings }) },
    jobs: { 'zebra-job': () => ({ zebra: true }) },
    routes: { 'GET /zebra': () => ({ status: 200, body: { zebra: true } }) },
  })`

const MANIFEST = {
  id: 'zebra-plugin',
  name: 'zebra plugin',
  description: 'A zebra of a plugin',
  hooks: ['zebra_hook'],
  jobs: [{ name: 'zebra-job', schedule: '0 3 * * *' }],
  routes: [{ method: 'GET', path: '/zebra', public: true }],
  permissions: [
    { permission: 'routes:serve', reason: 'It is a zebra.' },
    { permission: 'secrets:read', reason: 'It is a zebra.' },
  ],
  secrets: [{ key: 'ZEBRA_TOKEN', required: false }],
  settings: { type: 'object', properties: { stripes: { type: 'string' } } },
  contributes: { permissions: ['zebra-plugin:ride'] },
}

const WEBHOOK = `api_version: v1
name: zebra-hook
on: [zebra.ridden]
delivery: { url: "\${SECRET:ZEBRA_URL}" }
`

/** Sets it up through the graph, as its administrator. */
export async function privateWorld(server: TestServer): Promise<PrivateWorld> {
  let key = server.adminKey
  const mutate = async (field: string, input: object, selection: string) => {
    const type = `${field[0]!.toUpperCase()}${field.slice(1)}Input`
    const query = `mutation ($input: ${type}!) { ${field}(input: $input) { ${selection} userErrors { code message } } }`
    const { json } = await ask(server, query, { key, variables: { input } })
    if (json?.errors) throw new Error(`${field}: ${json.errors[0]!.message}`)
    return accepted(json!.data![field] as Payload) as unknown as Made
  }

  const made = await mutate('createOrganization', { slug: 'zebra', name: 'zebra inc' }, 'organization { id }')
  const organizationId = made['organization']!.id
  const admin = { name: 'zebra admin', role: 'ADMIN', organizationId }
  const { secret } = await mutate('createApiKey', admin, 'secret apiKey { id }')
  await mutate(
    'grantRole',
    { email: 'zebra@zebra.example', name: 'zebra', role: 'VIEWER', organizationId },
    'user { id }',
  )
  key = secret
  const labels = { env: 'development', zebra: 'zebra' }
  const site = await mutate(
    'createSite',
    { organizationId, slug: 'zebra-site', name: 'zebra site', hostVersion: '2.0.0', labels },
    'site { id }',
  )
  const siteId = site['site']!.id
  const shelf = { slug: 'zebra-shelf', name: 'zebra shelf', type: 'ENTERPRISE', organizationId }
  const { registry } = await mutate('createRegistry', shelf, 'registry { id }')
  const publicKey = generateKeyPairSync('ed25519')
    .publicKey.export({ format: 'der', type: 'spki' })
    .subarray(-32)
  await mutate(
    'registerPublisherKey',
    { organizationId, name: 'zebra key', publicKey: publicKey.toString('base64') },
    'publisherKey { id }',
  )

  const client = graphClient(server.url, secret)
  const submitted = async (change: object): Promise<string | undefined> => {
    const input = { file: zipOf({ ...MANIFEST, ...change }, CODE), registryId: registry!.id }
    return (await client.request(SubmitPackageDocument, { input })).submitPackage.package?.id
  }
  const packageId = await submitted({ version: '1.0.0' })
  await submitted({ version: 'zebra' })
  await submitted({ version: '1.1.0' })
  await client.close()
  await mutate('startReview', { packageId }, 'package { id }')
  await mutate('approvePackage', { packageId, comment: 'zebra' }, 'package { id }')

  const configuration = { stripes: 'zebra' }
  const installed = await mutate(
    'installPlugin',
    { siteId, packageId, configuration, activate: true },
    'installation { id plugin { id } }',
  )
  const installationId = installed['installation']!.id
  const pluginId = (installed['installation'] as unknown as { plugin: { id: string } }).plugin.id
  await mutate('setSecret', { installationId, key: 'ZEBRA_TOKEN', value: 'zebra' }, 'secret { key }')
  const settings = { stripes: 'zebra' }
  await mutate(
    'updatePluginSettings',
    { scope: 'ORGANIZATION', organizationId, pluginId, settings },
    'organizationConfig { id }',
  )
  await mutate(
    'issueLicense',
    { pluginId, type: 'ENTERPRISE', organizationId, entitlements: ['zebra'] },
    'license { id }',
  )
  await mutate('ratePlugin', { pluginId, siteId, rating: 5, comment: 'zebra' }, 'rating { id }')
  await mutate('createDeployment', { type: 'INSTALL', packageId, siteIds: [siteId] }, 'deployment { id }')
  await mutate('emitEvent', { type: 'zebra.seen', payload: { zebra: true }, organizationId }, 'event { id }')
  await mutate('dispatchHook', { siteId, hook: 'zebra_hook', payload: {} }, 'aborted')
  await mutate('runJob', { installationId, job: 'zebra-job' }, 'invocation { id }')
  await makeDeadDelivery(server, installationId)
  const webhook = { organizationId, name: 'zebra-hook', source: WEBHOOK }
  const applied = await mutate('applyWebhook', webhook, 'webhook { id }')
  await makeEndedDelivery(server, applied['webhook']!.id)
  await mutate('recordHealth', { samples: [{ installationId, status: 'HEALTHY' }] }, 'accepted')
  return {
    organizationId,
    siteId,
    installationId,
    packageId: packageId!,
    key: secret,
    ids: await idsOf(server),
  }
}

type Payload = Parameters<typeof accepted>[0]
type Made = Record<string, { id: string }> & { secret: string }

/** Tables of what has global ids. All but the two public rows of a new database are the private world's. */
const TABLES: Readonly<Record<string, string>> = {
  Organization: "select id from organization where slug = 'zebra'",
  Site: "select id from site where slug like 'zebra%'",
  User: 'select id from "user"',
  ApiKey: "select id from api_key where name like 'zebra%'",
  Registry: "select id from registry where slug like 'zebra%'",
  Plugin: 'select id from plugin',
  Package: 'select id from package',
  Review: 'select id from review',
  Submission: 'select id from submission',
  PublisherKey: 'select id from publisher_key',
  Rating: 'select id from rating',
  AuditEntry:
    "select e.id from audit_entry e join organization o on o.id = e.organization_id where o.slug = 'zebra'",
  Installation: 'select id from installation',
  OrganizationPluginConfig: 'select id from organization_plugin_config',
  SettingsRevision: 'select id from settings_revision',
  License: 'select id from license',
  Deployment: 'select id from deployment',
  DeploymentTarget: 'select id from deployment_target',
  Invocation: 'select id from invocation',
  Event: "select e.id from event e join organization o on o.id = e.organization_id where o.slug = 'zebra'",
  EventDelivery: 'select id from event_delivery',
  Webhook: 'select id from webhook',
  WebhookDelivery: 'select id from webhook_delivery',
}

/** A few of each type: the rules look at the type and the owner, not at the row. */
const OF_EACH = 2

async function idsOf(server: TestServer): Promise<Map<string, string[]>> {
  const ids = new Map<string, string[]>()
  for (const [type, sql] of Object.entries(TABLES)) {
    const { rows } = await server.app.database.pool.query<{ id: string }>(`${sql} limit ${OF_EACH}`)
    if (rows.length === 0) throw new Error(`The private world has no ${type}.`)
    ids.set(
      type,
      rows.map(({ id }) => encodeGlobalId(type, id)),
    )
  }
  return ids
}

/** Every row that is the private world's, as text: what nobody else may change. */
export async function privateRows(server: TestServer, world: PrivateWorld): Promise<Map<string, string>> {
  const { pool } = server.app.database
  const own = [...world.ids.values()].flat().map((id) => Buffer.from(id, 'base64').toString().split(':')[1]!)
  const { rows: tables } = await pool.query<{ name: string }>(
    `select c.relname as name from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
       and not c.relispartition and c.relname not in ('audit_entry', 'audit_unsealed', 'service_process', 'relay_position')`,
  )
  const found = new Map<string, string>()
  for (const { name } of tables) {
    const { rows } = await pool.query<{ text: string }>(`select t::text as text from "${name}" t`)
    const texts = rows
      .map(({ text }) => text)
      .filter((text) => text.includes(MARK) || own.some((id) => text.includes(id)))
    found.set(name, createHash('sha256').update(texts.sort().join('\n')).digest('hex'))
  }
  return found
}
