import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeDeadDelivery } from '../../support/dead-delivery.ts'
import { makeEndedDelivery } from '../../support/ended-delivery.ts'
import { ask } from '../../support/http.ts'
import { startTwin } from '../../support/life.ts'
import { MASTER_KEY } from '../../support/master-key.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { openStage, publishPlugin, rowId, submit, zipOf, type TestStage } from '../../support/stage.ts'

/** Two processes' worth of servers on one database, in which no answer is kept after its change. */
let here: TestServer
let there: TestServer
let stage: TestStage
let packages: { old: string; next: string; waiting: string }
const made: Record<string, string> = {}

beforeAll(async () => {
  here = await startTestServer({ worker: false, env: { PATCHBAY_ALLOW_SELF_REVIEW: 'true', ...KEYS } })
  there = await startTwin(here, KEYS)
  stage = await openStage(here)
  const settings = { type: 'object', properties: { color: { type: 'string' } } }
  const jobs = [{ name: 'tidy', schedule: '0 4 * * *' }]
  const plugin = { id: 'remembered', settings, jobs }
  packages = {
    old: await publishPlugin(stage, { ...plugin, version: '1.0.0' }, CODE),
    next: await publishPlugin(stage, { ...plugin, version: '1.1.0' }, CODE),
    waiting: (await submit(stage.publisher, zipOf({ id: 'waiting' }))).package!.id,
  }
  const { pluginId } = await here.app.database.prisma.package.findUniqueOrThrow({
    where: { id: rowId(packages.old) },
    select: { pluginId: true },
  })
  made['plugin'] = Buffer.from(`Plugin:${pluginId}`).toString('base64')
  await here.owner.query(`
    create function lose_answer() returns trigger language plpgsql as
      $$ begin if current_query() like '%case when ended%' then return null; end if; return new; end $$;
    create trigger lose_answer before update on idempotency_key for each row execute function lose_answer()`)
}, 60_000)
afterAll(async () => {
  await stage.close()
  await there.close()
  await here.close()
})

/** A master key that is not in force yet, so that it can be changed. */
const KEYS = {
  PATCHBAY_SECRETS_KEY: Buffer.alloc(32, 8).toString('base64'),
  PATCHBAY_SECRETS_KEY_PREVIOUS: MASTER_KEY.toString('base64'),
}

const CODE = `import { definePlugin } from 'patchbay'
export default definePlugin({ jobs: { tidy: () => 'tidy' } })
`

const WEBHOOK = `api_version: v1
name: own
on: [order.placed]
delivery: { url: 'https://example.com' }
`

type Values = Record<string, unknown>

interface Step {
  input: () => Values | Promise<Values>
  /** Of the payload; ids of what is made are kept by its field's name. */
  selection: string
}

const organizationId = (): Values => ({ organizationId: stage.organizationId })
const installationId = (): Values => ({ installationId: made['installation'] })
const licenseId = (): Values => ({ licenseId: made['license'], reason: 'Because.' })
const packageId = (): Values => ({ packageId: packages.waiting })

/** In the order of a story, so that each finds what it changes. */
const STEPS: Record<string, Step> = {
  createOrganization: { input: () => ({ slug: 'made', name: 'Made' }), selection: 'organization { id }' },
  updateOrganization: {
    input: () => ({ ...organizationId(), name: 'Acme' }),
    selection: 'organization { id }',
  },
  createSite: {
    input: () => ({ ...organizationId(), slug: 'far', name: 'Far', hostVersion: '2.0.0' }),
    selection: 'site { id }',
  },
  updateSite: { input: () => ({ siteId: made['site'], name: 'Farther' }), selection: 'site { id }' },
  createApiKey: { input: () => ({ name: 'k', role: 'VIEWER' }), selection: 'apiKey { id }' },
  revokeApiKey: { input: () => ({ apiKeyId: made['apiKey'] }), selection: 'apiKey { id }' },
  grantRole: {
    input: () => ({ ...organizationId(), email: 'ada@example.com', role: 'VIEWER' }),
    selection: 'user { id }',
  },
  revokeRole: {
    input: () => ({ ...organizationId(), email: 'ada@example.com', role: 'VIEWER' }),
    selection: 'user { id }',
  },
  createRegistry: {
    input: () => ({ ...organizationId(), slug: 'bench', name: 'Bench', type: 'DEVELOPER' }),
    selection: 'registry { id }',
  },
  updateRegistry: {
    input: () => ({ registryId: made['registry'], name: 'Shelf' }),
    selection: 'registry { id }',
  },
  startReview: { input: packageId, selection: 'package { id }' },
  approvePackage: { input: packageId, selection: 'package { id }' },
  deprecatePackage: { input: () => ({ ...packageId(), message: 'Old.' }), selection: 'package { id }' },
  yankPackage: { input: () => ({ ...packageId(), reason: 'Broken.' }), selection: 'package { id }' },
  unyankPackage: { input: packageId, selection: 'package { id }' },
  revokePackage: {
    input: () => ({ ...packageId(), reason: 'It leaks.' }),
    selection: 'package { id } lastGoodPackage { id } affectedInstallations',
  },
  updatePlugin: {
    input: () => ({ pluginId: made['plugin'], licensePolicy: { required: false } }),
    selection: 'plugin { id }',
  },
  installPlugin: {
    input: () => ({ siteId: stage.siteIds[0], packageId: packages.old, activate: true }),
    selection: 'installation { id } installations { id } plan { steps { action } }',
  },
  deactivateInstallation: { input: installationId, selection: 'installation { id }' },
  activateInstallation: { input: installationId, selection: 'installation { id }' },
  ratePlugin: {
    input: () => ({ pluginId: made['plugin'], rating: 5 }),
    selection: 'rating { id } plugin { id }',
  },
  updatePluginSettings: {
    input: () => ({
      ...organizationId(),
      scope: 'ORGANIZATION',
      pluginId: made['plugin'],
      settings: { color: 'red' },
    }),
    selection: 'organizationConfig { settings } installation { id } plugin { id }',
  },
  setPluginEnabled: {
    input: () => ({ ...organizationId(), pluginId: made['plugin'], enabled: true }),
    selection: 'plugin { id } organizationConfig { enabled }',
  },
  setSecret: {
    input: () => ({ ...organizationId(), pluginId: made['plugin'], key: 'TOKEN', value: 'x' }),
    selection: 'secret { key version }',
  },
  deleteSecret: {
    input: () => ({ ...organizationId(), pluginId: made['plugin'], key: 'TOKEN' }),
    selection: 'secret { key }',
  },
  rotateMasterKey: { input: () => ({}), selection: 'keyId rewrapped' },
  recordHealth: { input: () => ({ samples: [installationId()] }), selection: 'accepted' },
  runJob: {
    input: () => ({ ...installationId(), job: 'tidy', wait: false }),
    selection: 'invocation { id }',
  },
  emitEvent: {
    input: () => ({ ...organizationId(), type: 'order.placed', payload: {} }),
    selection: 'event { id } subscribers',
  },
  replayEventDelivery: {
    input: async () => ({ eventDeliveryId: await makeDeadDelivery(here, made['installation']!) }),
    selection: 'delivery { id status }',
  },
  applyWebhook: {
    input: () => ({ ...organizationId(), name: 'own', source: WEBHOOK }),
    selection: 'webhook { id }',
  },
  redeliver: {
    input: async () => ({ deliveryId: await makeEndedDelivery(here, made['webhook']!) }),
    selection: 'delivery { id }',
  },
  setWebhookEnabled: {
    input: () => ({ webhookId: made['webhook'], enabled: false }),
    selection: 'webhook { id enabled }',
  },
  deleteWebhook: { input: () => ({ webhookId: made['webhook'] }), selection: 'webhook { id }' },
  createDeployment: {
    input: () => ({ type: 'INSTALL', packageId: packages.old, siteIds: [stage.siteIds[1]] }),
    selection: 'deployment { id }',
  },
  upgradeInstallation: {
    input: () => ({ ...installationId(), packageId: packages.next }),
    selection: 'installation { id }',
  },
  rollbackInstallation: { input: installationId, selection: 'installation { id }' },
  issueLicense: {
    input: () => ({ ...organizationId(), pluginId: made['plugin'], type: 'ENTERPRISE' }),
    selection: 'license { id }',
  },
  suspendLicense: { input: licenseId, selection: 'license { id }' },
  reinstateLicense: { input: licenseId, selection: 'license { id }' },
  revokeLicense: { input: licenseId, selection: 'license { id }' },
  uninstallInstallation: { input: installationId, selection: 'installation { id }' },
}

test.each(Object.entries(STEPS))(
  '%s: where the process died between change and answer, a repeat at another gets the first answer and changes nothing',
  async (name, { input, selection }) => {
    const variables = { input: { ...(await input()), idempotencyKey: `lost-${name}` } }
    const type = await inputType(name)
    const query = `mutation ($input: ${type}!) { ${name}(input: $input) { ${selection} userErrors { code message } } }`
    const first = await ask(here, query, { key: here.adminKey, variables })
    expect(first.json!.errors).toBeUndefined()
    expect(first.json).toMatchObject({ data: { [name]: { userErrors: [] } } })
    await expireLeases()
    const before = await told()

    const again = await ask(there, query, { key: here.adminKey, variables })

    expect(again.json).toEqual(first.json)
    expect(await told()).toBe(before)
    const payload = first.json!.data![name] as Record<string, { id?: string } | null>
    for (const [field, value] of Object.entries(payload)) if (value?.id !== undefined) made[field] = value.id
  },
)

async function inputType(mutation: string): Promise<string> {
  const query = '{ __schema { mutationType { fields { name args { type { ofType { name } } } } } } }'
  const { json } = await ask(here, query, { key: here.adminKey })
  type Field = { name: string; args: { type: { ofType: { name: string } } }[] }
  const { mutationType } = json!.data!['__schema'] as { mutationType: { fields: Field[] } }
  return mutationType.fields.find((it) => it.name === mutation)!.args[0]!.type.ofType.name
}

/** Nobody renews them: who held them is dead. */
async function expireLeases(): Promise<void> {
  await here.app.database.pool.query(`update idempotency_key set lease_until = now() - interval '1 second'`)
}

/** Whatever is changed is told; measurements come by themselves. */
async function told(): Promise<number> {
  return await here.app.database.prisma.event.count({ where: { NOT: { type: 'health.recorded' } } })
}
