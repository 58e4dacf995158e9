import { expect, test } from 'vitest'
import { checkChanged as check, told } from './support/plugin-files.ts'

const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `a${index}`)
const served = { permissions: ['routes:serve'] }
const withUi = { permissions: ['ui:modify', 'modules:extend', 'routes:serve'] }

test.each<[rule: string, change: Record<string, unknown>, ...told: string[]]>([
  ['a hook of spaces', { hooks: ['a b'] }, 'ERROR manifest.hooks'],
  ['too many hooks', { hooks: many(257) }, 'ERROR manifest.hooks'],
  ['a hook twice', { hooks: ['a', 'a'] }, 'WARNING manifest.handlers.unique'],
  ['an event pattern within', { events: ['auth.*.created'] }, 'ERROR manifest.events'],
  ['every event there is', { events: ['*'] }, 'ERROR manifest.events'],
  ['a filter that ends with a dot', { filters: ['llm.'] }, 'ERROR manifest.filters'],
  [
    'a method in small letters',
    { ...served, routes: [{ method: 'get', path: '/' }] },
    'ERROR manifest.routes',
  ],
  [
    'a path without a slash',
    { ...served, routes: [{ method: 'GET', path: 'ping' }] },
    'ERROR manifest.routes',
  ],
  ['a path with dots', { ...served, routes: [{ method: 'GET', path: '/a/../b' }] }, 'ERROR manifest.routes'],
  ['a path with a query', { ...served, routes: [{ method: 'GET', path: '/a?b' }] }, 'ERROR manifest.routes'],
  [
    'a route twice',
    {
      ...served,
      routes: [
        { method: 'GET', path: '/a/:b' },
        { method: 'GET', path: '/a/:c' },
      ],
    },
    'ERROR manifest.routes.unique',
  ],
  [
    'a parameter twice',
    { ...served, routes: [{ method: 'GET', path: '/:a/:a' }] },
    'ERROR manifest.routes.parameters',
  ],
  [
    'a public route with a permission',
    { ...served, routes: [{ method: 'GET', path: '/', public: true, permission: 'a:read' }] },
    'ERROR manifest.routes.public',
  ],
  ['a job twice', { jobs: [{ name: 'a' }, { name: 'a' }] }, 'ERROR manifest.jobs.unique'],
  [
    'a schedule of six fields',
    { jobs: [{ name: 'a', schedule: '* * * * * *' }] },
    'ERROR manifest.jobs.cron',
  ],
  ['a schedule by nickname', { jobs: [{ name: 'a', schedule: '@daily' }] }, 'ERROR manifest.jobs.cron'],
  ['a schedule that is none', { jobs: [{ name: 'a', schedule: 'a b c d e' }] }, 'ERROR manifest.jobs.cron'],
  [
    'a schedule that never comes',
    { jobs: [{ name: 'a', schedule: '0 0 31 2 *' }] },
    'ERROR manifest.jobs.cron',
  ],
  ['a webhook that is not there', { webhooks: ['webhooks/b.yaml'] }, 'ERROR manifest.webhooks.exist'],
  ['a webhook that is no YAML', { webhooks: ['main.js'] }, 'ERROR manifest.webhooks.exist'],
  ['settings that are no object', { settings: { type: 'array' } }, 'ERROR manifest.settings'],
  [
    'a secret in small letters',
    { permissions: ['secrets:read'], secrets: [{ key: 'token' }] },
    'ERROR manifest.secrets',
  ],
  [
    'a secret twice',
    { permissions: ['secrets:read'], secrets: [{ key: 'A' }, { key: 'A' }] },
    'ERROR manifest.secrets.unique',
  ],
  [
    'a secret for no host',
    { permissions: ['secrets:read'], secrets: [{ key: 'A', hosts: ['a b'] }] },
    'ERROR manifest.secrets.hosts',
  ],
  [
    'migrations out of order',
    {
      version: '3.0.0',
      migrations: [
        { version: '2.0.0', entry: 'migrations/1.0.0.js' },
        { version: '1.0.0', entry: 'migrations/1.0.0.js' },
      ],
    },
    'ERROR manifest.migrations.order',
  ],
  [
    'a migration to a later version',
    { migrations: [{ version: '1.0.1', entry: 'migrations/1.0.0.js' }] },
    'ERROR manifest.migrations.order',
  ],
  [
    'a migration that is not there',
    { migrations: [{ version: '1.0.0', entry: 'migrations/2.js' }] },
    'ERROR manifest.migrations.exist',
  ],
  [
    'navigation without a label',
    { ...withUi, contributes: { navigation: [{ url: '/' }] } },
    'ERROR manifest.contributes',
  ],
  [
    'navigation to a script',
    { ...withUi, contributes: { navigation: [{ label: 'a', url: 'javascript:1' }] } },
    'ERROR manifest.contributes',
  ],
  [
    'a widget of no route',
    { ...withUi, contributes: { dashboardWidgets: [{ title: 'a', source: '/b' }] } },
    'ERROR manifest.contributes.sources',
  ],
  [
    'a module twice',
    {
      ...withUi,
      contributes: {
        modules: [
          { key: 'a', title: 'a' },
          { key: 'a', title: 'b' },
        ],
      },
    },
    'ERROR manifest.contributes.unique',
  ],
  [
    'an extension point of others',
    { contributes: { hooks: ['service_provision'] } },
    'ERROR manifest.contributes.hooks',
  ],
  ['limits of nothing', { limits: { memoryMb: 0 } }, 'ERROR manifest.limits'],
])('%s is told', (_rule, change, ...expected) => {
  const { manifest, findings } = check(change)
  expect(told(findings)).toEqual(expected)
  expect(manifest === null).toBe(expected.some((line) => line.startsWith('ERROR')))
})
