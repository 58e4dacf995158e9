import { expect, test } from 'vitest'
import { checkChanged, told } from './support/plugin-files.ts'

const all = {
  permissions: ['ui:modify', 'modules:extend', 'routes:serve'],
  routes: [{ method: 'GET', path: '/a' }],
}
const found = (contributes: Record<string, unknown>): string[] =>
  told(checkChanged({ ...all, contributes }).findings).map((it) => it.replace('manifest.contributes.', ''))
const theme = (tokens: unknown): Record<string, unknown> => ({ themes: [{ key: 'a', title: 'A', tokens }] })

test.each<[what: string, contributes: Record<string, unknown>, ...told: string[]]>([
  ['a source with a query', { dashboardWidgets: [{ title: 'A', source: '/a?days=7' }] }],
  [
    'two widgets of one source',
    {
      dashboardWidgets: [
        { title: 'A', source: '/a' },
        { title: 'B', source: '/a' },
      ],
    },
  ],
  [
    'permissions of its own',
    { permissions: ['welcome-email:send', 'welcome-email.list:read', 'suppliers:read'] },
  ],
  [
    'colours, sizes and fonts',
    theme({ a: '#fff', b: 'rgb(1 2 3 / 50%)', c: 4, d: '"Fira Sans", system-ui', e: 'calc(1px + 2em)' }),
  ],
])('%s: fine', (_what, contributes) => {
  expect(found(contributes)).toEqual([])
})

test.each<[what: string, contributes: Record<string, unknown>, ...told: string[]]>([
  ['a view of no route', { views: [{ path: '/b', title: 'B', source: '/b' }] }, 'ERROR sources'],
  ['a widget of no route', { dashboardWidgets: [{ title: 'B', source: '/A' }] }, 'ERROR sources'],
  [
    'a widget twice',
    {
      dashboardWidgets: [
        { title: 'A', source: '/a' },
        { title: 'A', source: '/a' },
      ],
    },
    'ERROR unique',
  ],
  [
    'an entry of the navigation twice',
    {
      navigation: [
        { label: 'A', url: '/a' },
        { label: 'A', url: '/a' },
      ],
    },
    'ERROR unique',
  ],
  [
    'a view twice',
    {
      views: [
        { path: '/b', title: 'B', source: '/a' },
        { path: '/b', title: 'C', source: '/a' },
      ],
    },
    'ERROR unique',
  ],
  [
    'a theme twice',
    {
      themes: [
        { key: 'a', title: 'A', tokens: {} },
        { key: 'a', title: 'B', tokens: {} },
      ],
    },
    'ERROR unique',
  ],
  ["a permission of Patchbay's", { permissions: ['packages:review'] }, 'ERROR permissions'],
  ['a permission of the plugin format', { permissions: ['http:outbound'] }, 'ERROR permissions'],
  ["a permission like one of the host's", { permissions: ['suppliers:write'] }, 'WARNING permissions'],
  ['a token that ends the rule', theme({ a: 'red; } body { display: none' }), 'ERROR themes'],
  ['a token that fetches', theme({ a: { b: 'url(https://example.com/a.png)' } }), 'ERROR themes'],
  ['a token in escapes', theme({ a: String.raw`\75rl(//a)` }), 'ERROR themes'],
  ['a token that is a list', theme({ a: ['#fff'] }), 'ERROR themes'],
  ['a token of 301 characters', theme({ a: 'a'.repeat(301) }), 'ERROR themes'],
])('%s is told', (_what, contributes, ...expected) => {
  expect(found(contributes)).toEqual(expected)
})
