import type { HostKnowledge } from '../../../src/archive/manifest-checks/manifest-check.ts'
import { goodManifest } from './plugin-files.ts'

/** What a host has declared. */
export const someHost: HostKnowledge = {
  hooks: ['service_provision'],
  events: ['auth.user.created', 'build.completed'],
  filters: ['generator.state'],
  modules: ['inventory'],
  resources: ['materials'],
}

/** A manifest that has something of everything, in which all is well. */
export const fullManifest = {
  ...goodManifest,
  version: '1.2.0',
  license: 'SEE LICENSE IN LICENSE.txt',
  homepage: 'https://example.com/welcome',
  keywords: ['mail'],
  permissions: [
    'routes:serve',
    'secrets:read',
    'storage:write',
    'materials:write',
    { permission: 'http:outbound', reason: 'Sends.' },
    'ui:modify',
    'modules:extend',
  ],
  network: { allow: ['api.example.com', '*.example.org:8443'] },
  dependencies: { 'supplier-db': '^2.0.0' },
  optionalDependencies: { 'other-plugin': '1.x' },
  conflicts: { 'supplier-db': '<2' },
  hooks: ['service_provision', 'supplier-db.sync', 'welcome-email.greet'],
  events: ['auth.user.*', 'plugin.failed', 'supplier-db.sync.done', 'welcome-email.sent'],
  filters: ['llm.prompt', 'generator.state'],
  routes: [{ method: 'GET', path: '/risk' }],
  jobs: [{ name: 'daily', schedule: '0 2 * * *' }],
  webhooks: ['webhooks/notify.yaml'],
  settings: {
    type: 'object',
    required: ['owner'],
    properties: {
      owner: { type: 'string', pattern: '^[a-z]+$' },
      limits: { $ref: '#/$defs/limits', default: { most: 3 } },
    },
    $defs: { limits: { type: 'object', properties: { most: { type: 'integer', default: 1 } } } },
  },
  secrets: [{ key: 'TOKEN', required: true, hosts: ['api.example.com'] }],
  collections: {
    widgets: {
      schema: { type: 'object', properties: { sku: { type: 'string' } } },
      indexes: ['sku'],
      unique: ['sku'],
    },
  },
  migrations: [{ version: '1.1.0', entry: 'migrations/1.1.0.js' }],
  contributes: {
    navigation: [{ label: 'Risk', url: '/risk' }],
    dashboardWidgets: [{ title: 'Risk', source: '/risk' }],
    views: [{ path: '/risk', title: 'Risk', source: '/risk' }],
    modules: [{ key: 'welcome', title: 'Welcome', extends: 'inventory' }],
    themes: [{ key: 'dark', title: 'Dark', tokens: { color: { text: '#fff', shadow: 'rgb(0 0 0 / 40%)' } } }],
    permissions: ['welcome-email:read'],
    hooks: ['welcome-email.greet'],
  },
  limits: { memoryMb: 64 },
}

/** The webhook file of that plugin. */
export const goodWebhook = `api_version: v1
name: notify
on: [build.completed, deployment.*]
when: { site: { labels: { env: production } } }
delivery:
  url: 'https://api.example.com/in/\${SECRET:TOKEN}'
  headers: { X-Source: patchbay }
  timeout_seconds: 15
  signing: { alg: HMAC-SHA256, secret: '\${SECRET:TOKEN}' }
transform: { language: javascript, entry: 'transforms/build.js#body' }
retry: { max_attempts: 6, backoff: exponential, initial_seconds: 5, max_seconds: 3600 }
`

/** The files of that plugin. */
export const fullFiles: Readonly<Record<string, string>> = {
  'main.js':
    "import { definePlugin } from 'patchbay'\nimport { help } from './lib/help.js'\nexport default definePlugin({ health: help })\n",
  'lib/help.js':
    "import '../main.js'\nimport texts from './texts.json' with { type: 'json' }\nexport const help = () => texts\n",
  'lib/texts.json': '{}',
  'migrations/1.1.0.js': 'export async function up(ctx) {}\n',
  'transforms/build.js': 'export function body(ctx, event) { return event }\n',
  'webhooks/notify.yaml': goodWebhook,
  'LICENSE.txt': 'All rights reserved.',
}
