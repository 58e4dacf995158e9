/** First labels of the event types that Patchbay itself tells: any plugin may listen to them. */
export const OWN_EVENT_LABELS: readonly string[] = [
  'organization',
  'site',
  'api_key',
  'package',
  'plugin',
  'secret',
  'settings',
  'license',
  'job',
  'hook',
  'route',
  'webhook',
  'deployment',
  'health',
  'review',
  'registry',
  'publisher_key',
  'extension_point',
  'role',
  'permission',
  'patchbay',
]

/** Filters that Patchbay itself applies, to what goes to a language model and comes from it. */
export const OWN_FILTERS: readonly string[] = ['llm.prompt', 'llm.response']

/** What Patchbay's own permissions are about: no plugin may add one that looks like them. */
export const OWN_RESOURCES: readonly string[] = [
  'plugins',
  'registries',
  'packages',
  'installations',
  'deployments',
  'secrets',
  'health',
  'tenancy',
  'licenses',
  'webhooks',
  'settings',
  'audit',
]
