import { generateKeyPairSync } from 'node:crypto'
import { encodeGlobalId } from '../../../../src/graphql/global-id.ts'
import { makeDeadDelivery } from '../../../support/dead-delivery.ts'
import { makeEndedDelivery } from '../../../support/ended-delivery.ts'
import type { TestServer } from '../../../support/server.ts'
import type { TestStage } from '../../../support/stage.ts'

const WEBHOOK = `api_version: v1
name: own
on: [order.placed]
delivery: { url: 'https://example.com' }
`

const PUBLIC_KEY = generateKeyPairSync('ed25519').publicKey.export({ format: 'pem', type: 'spki' }) as string

type Values = Record<string, unknown>

/** What the steps of the walk are about; filled as it goes. */
export interface Walked {
  server: TestServer
  stage: TestStage
  packages: { old: string; next: string; waiting: string }
  /** Ids of what was made, by the name of its field. */
  made: Record<string, string>
}

export interface Step {
  input: (walked: Walked) => Values | Promise<Values>
  /** Of the payload; ids of what is made are kept by its field's name. */
  selection: string
}

const organizationId = ({ stage }: Walked): Values => ({ organizationId: stage.organizationId })
const installationId = ({ made }: Walked): Values => ({ installationId: made['installation'] })
const licenseId = ({ made }: Walked): Values => ({ licenseId: made['license'], reason: 'Because.' })
const packageId = ({ packages }: Walked): Values => ({ packageId: packages.waiting })

/** In the order of a story, so that each finds what it changes. */
export const STEPS: Record<string, Step> = {
  createOrganization: { input: () => ({ slug: 'made', name: 'Made' }), selection: 'organization { id }' },
  updateOrganization: {
    input: (w) => ({ ...organizationId(w), name: 'Acme' }),
    selection: 'organization { id }',
  },
  createSite: {
    input: (w) => ({ ...organizationId(w), slug: 'far', name: 'Far', hostVersion: '2.0.0' }),
    selection: 'site { id }',
  },
  updateSite: { input: (w) => ({ siteId: w.made['site'], name: 'Farther' }), selection: 'site { id }' },
  createApiKey: { input: () => ({ name: 'k', role: 'VIEWER' }), selection: 'apiKey { id }' },
  revokeApiKey: { input: (w) => ({ apiKeyId: w.made['apiKey'] }), selection: 'apiKey { id }' },
  grantRole: {
    input: (w) => ({ ...organizationId(w), email: 'ada@example.com', role: 'VIEWER' }),
    selection: 'user { id }',
  },
  revokeRole: {
    input: (w) => ({ ...organizationId(w), email: 'ada@example.com', role: 'VIEWER' }),
    selection: 'user { id }',
  },
  createRegistry: {
    input: (w) => ({ ...organizationId(w), slug: 'bench', name: 'Bench', type: 'DEVELOPER' }),
    selection: 'registry { id }',
  },
  updateRegistry: {
    input: (w) => ({ registryId: w.made['registry'], name: 'Shelf' }),
    selection: 'registry { id }',
  },
  registerPublisherKey: {
    input: () => ({ name: 'laptop', publicKey: PUBLIC_KEY }),
    selection: 'publisherKey { id }',
  },
  revokePublisherKey: {
    input: (w) => ({ publisherKeyId: w.made['publisherKey'], reason: 'Lost.' }),
    selection: 'publisherKey { id }',
  },
  defineExtensionPoint: {
    input: () => ({ kind: 'HOOK', name: 'order.placed', description: 'An order was placed.' }),
    selection: 'extensionPoint { kind name }',
  },
  startReview: { input: packageId, selection: 'package { id }' },
  approvePackage: { input: packageId, selection: 'package { id }' },
  deprecatePackage: { input: (w) => ({ ...packageId(w), message: 'Old.' }), selection: 'package { id }' },
  yankPackage: { input: (w) => ({ ...packageId(w), reason: 'Broken.' }), selection: 'package { id }' },
  unyankPackage: { input: packageId, selection: 'package { id }' },
  revokePackage: {
    input: (w) => ({ ...packageId(w), reason: 'It leaks.' }),
    selection: 'package { id } lastGoodPackage { id } affectedInstallations',
  },
  updatePlugin: {
    input: (w) => ({ pluginId: w.made['plugin'], licensePolicy: { required: false } }),
    selection: 'plugin { id }',
  },
  installPlugin: {
    input: (w) => ({ siteId: w.stage.siteIds[0], packageId: w.packages.old, activate: true }),
    selection: 'installation { id } installations { id } plan { steps { action } }',
  },
  deactivateInstallation: { input: installationId, selection: 'installation { id }' },
  activateInstallation: { input: installationId, selection: 'installation { id }' },
  grantPermission: {
    input: (w) => ({ ...organizationId(w), role: 'VIEWER', permission: 'remembered:read' }),
    selection: 'organization { id }',
  },
  revokePermission: {
    input: (w) => ({ ...organizationId(w), role: 'VIEWER', permission: 'remembered:read' }),
    selection: 'organization { id }',
  },
  ratePlugin: {
    input: (w) => ({ pluginId: w.made['plugin'], rating: 5 }),
    selection: 'rating { id } plugin { id }',
  },
  updatePluginSettings: {
    input: (w) => ({
      ...organizationId(w),
      scope: 'ORGANIZATION',
      pluginId: w.made['plugin'],
      settings: { color: 'red' },
    }),
    selection: 'organizationConfig { settings } installation { id } plugin { id }',
  },
  revertPluginSettings: {
    input: async (w) => ({ revisionId: await newestRevision(w.server) }),
    selection: 'organizationConfig { settings } installation { id } plugin { id }',
  },
  setPluginEnabled: {
    input: (w) => ({ ...organizationId(w), pluginId: w.made['plugin'], enabled: true }),
    selection: 'plugin { id } organizationConfig { enabled }',
  },
  setSecret: {
    input: (w) => ({ ...organizationId(w), pluginId: w.made['plugin'], key: 'TOKEN', value: 'x' }),
    selection: 'secret { key version }',
  },
  deleteSecret: {
    input: (w) => ({ ...organizationId(w), pluginId: w.made['plugin'], key: 'TOKEN' }),
    selection: 'secret { key }',
  },
  recordHealth: { input: (w) => ({ samples: [installationId(w)] }), selection: 'accepted' },
  runJob: {
    input: (w) => ({ ...installationId(w), job: 'tidy', wait: false }),
    selection: 'invocation { id }',
  },
  emitEvent: {
    input: (w) => ({ ...organizationId(w), type: 'order.placed', payload: {} }),
    selection: 'event { id } subscribers',
  },
  replayEventDelivery: {
    input: async (w) => ({ eventDeliveryId: await makeDeadDelivery(w.server, w.made['installation']!) }),
    selection: 'delivery { id status }',
  },
  applyWebhook: {
    input: (w) => ({ ...organizationId(w), name: 'own', source: WEBHOOK }),
    selection: 'webhook { id }',
  },
  redeliver: {
    input: async (w) => ({ deliveryId: await makeEndedDelivery(w.server, w.made['webhook']!) }),
    selection: 'delivery { id }',
  },
  setWebhookEnabled: {
    input: (w) => ({ webhookId: w.made['webhook'], enabled: false }),
    selection: 'webhook { id enabled }',
  },
  deleteWebhook: { input: (w) => ({ webhookId: w.made['webhook'] }), selection: 'webhook { id }' },
  createDeployment: {
    input: (w) => ({ type: 'INSTALL', packageId: w.packages.old, siteIds: [w.stage.siteIds[1]] }),
    selection: 'deployment { id }',
  },
  upgradeInstallation: {
    input: (w) => ({ ...installationId(w), packageId: w.packages.next }),
    selection: 'installation { id }',
  },
  rollbackInstallation: { input: installationId, selection: 'installation { id }' },
  issueLicense: {
    input: (w) => ({
      ...organizationId(w),
      pluginId: w.made['plugin'],
      type: 'ENTERPRISE',
      expiresAt: '2098-01-01T00:00:00Z',
    }),
    selection: 'license { id }',
  },
  renewLicense: {
    input: (w) => ({ licenseId: w.made['license'], expiresAt: '2099-01-01T00:00:00Z' }),
    selection: 'license { id }',
  },
  suspendLicense: { input: licenseId, selection: 'license { id }' },
  reinstateLicense: { input: licenseId, selection: 'license { id }' },
  revokeLicense: { input: licenseId, selection: 'license { id }' },
  uninstallInstallation: { input: installationId, selection: 'installation { id }' },
}

async function newestRevision({ app }: TestServer): Promise<string> {
  const { id } = await app.database.prisma.settingsRevision.findFirstOrThrow({
    orderBy: { id: 'desc' },
    select: { id: true },
  })
  return encodeGlobalId('SettingsRevision', id)
}
