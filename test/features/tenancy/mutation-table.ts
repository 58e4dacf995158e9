import type { Permission } from '../../../src/auth/permissions.ts'
import { zipOf } from '../../support/stage.ts'

/** Global ids of what there is in the organization of the walk. */
export type World = Record<
  | 'organizationId'
  | 'siteId'
  | 'registryId'
  | 'pluginId'
  | 'packageId'
  | 'pendingId'
  | 'installationId'
  | 'licenseId'
  | 'revisionId'
  | 'publisherKeyId'
  | 'apiKeyId'
  | 'eventDeliveryId'
  | 'webhookId'
  | 'webhookDeliveryId',
  string
>

/** What a mutation needs: one of these permissions, in the organization of what it is about, or on the platform only. */
export interface Needs {
  anyOf: readonly Permission[]
  platform?: true
  /** Of a call that would do something; `turn` tells calls apart. */
  input: (world: World, turn: number) => object
}

const inOrganization = (anyOf: Permission | readonly Permission[], input: Needs['input']): Needs => ({
  anyOf: typeof anyOf === 'string' ? [anyOf] : anyOf,
  input,
})
const onPlatform = (permission: Permission, input: Needs['input']): Needs => ({
  anyOf: [permission],
  platform: true,
  input,
})

const installation: Needs['input'] = ({ installationId }) => ({ installationId })
const license: Needs['input'] = ({ licenseId }) => ({ licenseId, reason: 'Because.' })
const pending: Needs['input'] = ({ pendingId: packageId }) => ({ packageId })
const EITHER = ['packages:submit', 'packages:review'] as const

/**
 * Every mutation of the graph, in an order in which the later ones find what they are about: what ends things stands at
 * the end. A new mutation gets its line here.
 */
export const MUTATIONS: Readonly<Record<string, Needs>> = {
  createOrganization: onPlatform('tenancy:manage', (_, turn) => ({ slug: `made-${turn}`, name: 'Made' })),
  updateOrganization: inOrganization('tenancy:manage', ({ organizationId }) => ({
    organizationId,
    name: 'Acme',
  })),
  createSite: inOrganization('tenancy:manage', ({ organizationId }, turn) => ({
    organizationId,
    slug: `site-${turn}`,
    name: 'Site',
    hostVersion: '2.0.0',
  })),
  updateSite: inOrganization('tenancy:manage', ({ siteId }) => ({ siteId, name: 'North' })),
  createApiKey: inOrganization('tenancy:manage', ({ organizationId }) => ({
    organizationId,
    name: 'made',
    role: 'VIEWER',
  })),
  grantRole: inOrganization('tenancy:manage', ({ organizationId }) => ({
    organizationId,
    email: 'ada@example.com',
    role: 'VIEWER',
  })),
  revokeRole: inOrganization('tenancy:manage', ({ organizationId }) => ({
    organizationId,
    email: 'ada@example.com',
    role: 'VIEWER',
  })),
  grantPermission: inOrganization('tenancy:manage', ({ organizationId }) => ({
    organizationId,
    role: 'VIEWER',
    permission: 'walked:read',
  })),
  revokePermission: inOrganization('tenancy:manage', ({ organizationId }) => ({
    organizationId,
    role: 'VIEWER',
    permission: 'walked:read',
  })),
  createRegistry: inOrganization('registries:manage', ({ organizationId }, turn) => ({
    organizationId,
    slug: `shelf-${turn}`,
    name: 'Shelf',
    type: 'DEVELOPER',
  })),
  updateRegistry: inOrganization('registries:manage', ({ registryId }) => ({ registryId, name: 'Shelf' })),
  defineExtensionPoint: onPlatform('plugins:manage', () => ({
    kind: 'HOOK',
    name: 'order.placed',
    description: 'An order was placed.',
  })),
  syncPlugins: onPlatform('packages:submit', () => ({})),
  registerPublisherKey: inOrganization('packages:submit', ({ organizationId }) => ({
    organizationId,
    name: 'key',
    publicKey: 'none',
  })),
  submitPackage: inOrganization('packages:submit', ({ registryId }, turn) => ({
    registryId,
    file: zipOf({ id: `submitted-${turn}` }),
  })),
  startReview: inOrganization('packages:review', pending),
  approvePackage: inOrganization('packages:review', pending),
  rejectPackage: inOrganization('packages:review', ({ pendingId: packageId }) => ({
    packageId,
    reason: 'No.',
  })),
  promotePackage: inOrganization('packages:review', ({ pendingId: packageId, registryId }) => ({
    packageId,
    registryId,
  })),
  ratePlugin: inOrganization('plugins:rate', ({ pluginId, siteId }) => ({ pluginId, siteId, rating: 5 })),
  installPlugin: inOrganization('installations:manage', ({ siteId, packageId }) => ({ siteId, packageId })),
  activateInstallation: inOrganization('installations:manage', installation),
  setPluginEnabled: inOrganization('installations:manage', ({ pluginId, organizationId }) => ({
    pluginId,
    organizationId,
    enabled: true,
  })),
  updatePluginSettings: inOrganization('settings:write', ({ pluginId, organizationId }) => ({
    scope: 'ORGANIZATION',
    pluginId,
    organizationId,
    settings: {},
  })),
  revertPluginSettings: inOrganization('settings:write', ({ revisionId }) => ({ revisionId })),
  setSecret: inOrganization('secrets:write', ({ installationId }) => ({
    installationId,
    key: 'token',
    value: 'x',
  })),
  deleteSecret: inOrganization('secrets:write', ({ installationId }) => ({ installationId, key: 'token' })),
  rotateMasterKey: onPlatform('tenancy:manage', () => ({})),
  recordHealth: inOrganization('health:write', ({ installationId }) => ({ samples: [{ installationId }] })),
  emitEvent: inOrganization('plugins:run', ({ organizationId }) => ({
    organizationId,
    type: 'shop.order.placed',
    payload: {},
  })),
  dispatchHook: inOrganization('plugins:run', ({ siteId }) => ({
    siteId,
    hook: 'order.placed',
    payload: {},
  })),
  applyFilter: inOrganization('plugins:run', ({ siteId }) => ({ siteId, filter: 'text.shown', value: 'x' })),
  runJob: inOrganization('plugins:run', ({ installationId }) => ({
    installationId,
    job: 'none',
    wait: false,
  })),
  replayEventDelivery: inOrganization('plugins:run', ({ eventDeliveryId }) => ({ eventDeliveryId })),
  applyWebhook: inOrganization('installations:manage', ({ organizationId }, turn) => ({
    organizationId,
    name: `made-${turn}`,
    source: `api_version: v1\nname: made-${turn}\non: [a.b]\ndelivery: { url: "https://example.com" }\n`,
  })),
  setWebhookEnabled: inOrganization('installations:manage', ({ webhookId }) => ({
    webhookId,
    enabled: true,
  })),
  redeliver: inOrganization('installations:manage', ({ webhookDeliveryId: deliveryId }) => ({ deliveryId })),
  createDeployment: inOrganization('deployments:manage', ({ packageId, siteId }) => ({
    packageId,
    siteIds: [siteId],
    type: 'INSTALL',
  })),
  updatePlugin: inOrganization(['plugins:manage', 'licenses:manage'], ({ pluginId }) => ({
    pluginId,
    licensePolicy: { required: false },
  })),
  issueLicense: inOrganization('licenses:manage', ({ pluginId, organizationId }) => ({
    pluginId,
    organizationId,
    type: 'ENTERPRISE',
  })),
  renewLicense: inOrganization('licenses:manage', ({ licenseId }) => ({
    licenseId,
    expiresAt: '2099-01-01T00:00:00.000Z',
  })),
  suspendLicense: inOrganization('licenses:manage', license),
  reinstateLicense: inOrganization('licenses:manage', license),
  upgradeInstallation: inOrganization('installations:manage', ({ installationId, packageId }) => ({
    installationId,
    packageId,
  })),
  rollbackInstallation: inOrganization('installations:manage', installation),
  retryInstallation: inOrganization('installations:manage', installation),
  deactivateAll: inOrganization('installations:manage', ({ siteId }) => ({ siteId, reason: 'Stop.' })),
  deactivateInstallation: inOrganization('installations:manage', installation),
  uninstallInstallation: inOrganization('installations:manage', installation),
  revokeLicense: inOrganization('licenses:manage', license),
  deprecatePackage: inOrganization(EITHER, ({ packageId }) => ({ packageId, message: 'Old.' })),
  yankPackage: inOrganization(EITHER, ({ packageId }) => ({ packageId, reason: 'Broken.' })),
  unyankPackage: inOrganization(EITHER, ({ packageId }) => ({ packageId })),
  revokePackage: inOrganization('packages:review', ({ packageId }) => ({ packageId, reason: 'It leaks.' })),
  revokePublisherKey: inOrganization(EITHER, ({ publisherKeyId }) => ({ publisherKeyId, reason: 'Lost.' })),
  deleteWebhook: inOrganization('installations:manage', ({ webhookId }) => ({ webhookId })),
  revokeApiKey: inOrganization('tenancy:manage', ({ apiKeyId }) => ({ apiKeyId })),
}
