import { TELEMETRY_TYPES, type EventType } from './catalog.ts'

/**
 * What happens with every call. These are no rows of the outbox, which would be the larger part of it: they are told by a stream, and
 * counted by the minute.
 */
const STREAMED = {
  'hook.executed': ['Invocation', 'A hook ran in a plugin.'],
  'route.accessed': ['Invocation', 'A route of a plugin answered.'],
  'job.executed': ['Invocation', 'A job of a plugin ran.'],
  'webhook.delivered': ['WebhookDelivery', 'A receiver took what it was sent.'],
  'webhook.failed': ['WebhookDelivery', 'An attempt to deliver failed.'],
} as const satisfies Record<string, readonly [subject: string, description: string]>

/** Of each event of the outbox: what it is about, null where that is nothing that has an id; and when it is told. */
const STORED: Readonly<Record<EventType, readonly [subject: string | null, description: string]>> = {
  'organization.created': ['Organization', 'An organization was made.'],
  'organization.updated': ['Organization', 'An organization was changed.'],
  'site.created': ['Site', 'A site was made.'],
  'site.updated': ['Site', 'A site was changed.'],
  'role.granted': ['User', 'A user or an API key got a role.'],
  'role.revoked': ['User', 'A user or an API key lost a role.'],
  'permission.granted': ['Organization', 'A role got a permission in an organization.'],
  'permission.revoked': ['Organization', 'A role lost a permission in an organization.'],
  'registry.created': ['Registry', 'A registry was made.'],
  'registry.updated': ['Registry', 'A registry was changed.'],
  'publisher_key.registered': ['PublisherKey', 'A publisher registered a key.'],
  'publisher_key.revoked': ['PublisherKey', 'A key of a publisher was revoked.'],
  'extension_point.defined': [null, 'The host offers a hook, event, filter, module or resource.'],
  'plugin.rated': ['Plugin', 'Somebody rated a plugin.'],
  'api_key.created': ['ApiKey', 'An API key was made.'],
  'api_key.revoked': ['ApiKey', 'An API key was revoked.'],
  'package.submitted': ['Package', 'A package was submitted.'],
  'package.review_started': ['Package', 'A reviewer took a package.'],
  'package.approved': ['Package', 'A package was approved.'],
  'package.rejected': ['Package', 'A package was rejected.'],
  'package.approval_given': ['Package', 'An approval was given that is not enough by itself.'],
  'package.revoked': ['Package', 'A package was revoked: its code is stopped.'],
  'package.deprecated': ['Package', 'A package was deprecated.'],
  'package.yanked': ['Package', 'A package was withdrawn.'],
  'package.unyanked': ['Package', 'A withdrawn package was given back.'],
  'package.promoted': ['Package', 'A package went to another registry.'],
  'package.integrity_failed': [
    'Package',
    'The stored bytes are not what was approved: nothing of it was run.',
  ],
  'plugin.installed': ['Installation', 'A plugin was installed at a site.'],
  'plugin.enabled': ['Installation', 'It runs from now on.'],
  'plugin.disabled': ['Installation', 'It no longer runs.'],
  'plugin.failed': ['Installation', 'It could not be installed, upgraded or activated.'],
  'plugin.revoked': ['Installation', 'Its package was revoked: its code was stopped.'],
  'plugin.upgraded': ['Installation', 'It replaces another version.'],
  'plugin.uninstalled': ['Installation', 'It was removed from its site.'],
  'plugin.rolled_back': ['Installation', 'It went back to its former version.'],
  'plugin.event_replayed': ['EventDelivery', 'An event that a plugin failed on is delivered to it again.'],
  'plugin.switched': ['Plugin', 'A plugin was switched on or off, everywhere or in an organization.'],
  'plugin.updated': ['Plugin', 'What is said of a plugin was changed.'],
  'plugin.all_disabled': [
    'Organization',
    'Everything was switched off at a site, in an organization or everywhere.',
  ],
  'settings.changed': ['Plugin', 'Settings of a plugin were changed, at one of the levels.'],
  'license.issued': ['License', 'A licence was issued.'],
  'license.renewed': ['License', 'A licence was renewed.'],
  'license.suspended': ['License', 'A licence was suspended.'],
  'license.reinstated': ['License', 'A suspended licence is in force again.'],
  'license.revoked': ['License', 'A licence was revoked.'],
  'license.expiring': ['License', 'A licence ends soon.'],
  'license.expired': ['License', 'A licence has ended.'],
  'secret.changed': ['Plugin', 'A secret was set or changed.'],
  'secret.deleted': ['Plugin', 'A secret was deleted.'],
  'secret.key_rotation_started': [null, 'Secrets are being encrypted under another master key.'],
  'secret.key_rotated': [null, 'All secrets are encrypted under another master key.'],
  'job.requested': ['Invocation', 'A job waits to be run.'],
  'webhook.applied': ['Webhook', 'An organization made a webhook or gave it another text.'],
  'webhook.deleted': ['Webhook', 'A webhook was deleted.'],
  'webhook.enabled': ['Webhook', 'A webhook was switched on.'],
  'webhook.disabled': ['Webhook', 'A webhook was switched off, by somebody or since its receiver is gone.'],
  'webhook.redelivered': ['WebhookDelivery', 'A delivery was made again.'],
  'deployment.created': ['Deployment', 'A roll-out began.'],
  'deployment.finished': ['Deployment', 'A roll-out ended.'],
  'deployment.target_changed': ['Deployment', 'A roll-out went on at a site.'],
  'health.recorded': [null, 'What was measured of plugins, many samples at once.'],
  'health.circuit_opened': [
    'Installation',
    'It failed too often in a row: calls of it are refused for a while.',
  ],
  'health.circuit_closed': ['Installation', 'It was called again and did not fail.'],
}

/** One type of event, as it is told to people. */
export interface DescribedType {
  type: string
  /** Type of the node that it is about. */
  subject: string | null
  description: string
  /** Whether it is a row of the outbox. */
  isStored: boolean
  /** Whether plugins and webhooks may subscribe to it. */
  isSubscribable: boolean
  /** The subscription of the graph that tells it. */
  stream: string
}

/** Every type of event that Patchbay itself tells, by name. */
export function describeTypes(): DescribedType[] {
  const stored = Object.entries(STORED).map(([type, [subject, description]]) => {
    const isTelemetry = TELEMETRY_TYPES.some((telemetry) => telemetry === type)
    const stream = isTelemetry ? 'installationHealth' : 'events'
    return { type, subject, description, isStored: true, isSubscribable: !isTelemetry, stream }
  })
  const streamed = Object.entries(STREAMED).map(([type, [subject, description]]) => {
    const stream = subject === 'Invocation' ? 'invocationFinished' : 'webhookDelivered'
    return { type, subject, description, isStored: false, isSubscribable: false, stream }
  })
  return [...stored, ...streamed].toSorted((a, b) => (a.type < b.type ? -1 : 1))
}
