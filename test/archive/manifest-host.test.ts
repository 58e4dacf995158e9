import { expect, test } from 'vitest'
import { checkManifest } from '../../src/archive/check-manifest.ts'
import type { HostKnowledge } from '../../src/archive/manifest-checks/manifest-check.ts'
import { OWN_EVENT_LABELS } from '../../src/archive/own-names.ts'
import { RESERVED_LABELS } from '../../src/events/catalog.ts'
import { fullFiles, fullManifest, someHost } from './support/full-plugin.ts'
import { pluginFiles, told } from './support/plugin-files.ts'

const nothing: HostKnowledge = { hooks: null, events: null, filters: null, modules: null, resources: null }

function check(change: Record<string, unknown>, host: HostKnowledge | null = someHost) {
  return checkManifest({ entries: pluginFiles({ ...fullManifest, ...change }, fullFiles) }, { host })
}

test('the events that Patchbay tells are those that plugins may listen to', () => {
  expect(new Set(OWN_EVENT_LABELS)).toEqual(RESERVED_LABELS)
})

test.each<[what: string, change: Record<string, unknown>]>([
  ['hooks of the host', { hooks: ['service_provision'] }],
  ['hooks of a dependency, and of an optional one', { hooks: ['supplier-db.a', 'other-plugin.b'] }],
  ['its own extension points', { hooks: ['welcome-email.greet'] }],
  [
    'events of the host, and all below a label of them',
    { events: ['auth.user.created', 'auth.*', 'auth.user.*'] },
  ],
  ['events of Patchbay', { events: ['package.approved', 'deployment.*', 'health.recorded'] }],
  ['its own events', { events: ['welcome-email.sent'] }],
  ["Patchbay's filters", { filters: ['llm.prompt', 'llm.response'] }],
  [
    'a resource with or without :write',
    { permissions: [...fullManifest.permissions, 'materials:write'].slice(1) },
  ],
  [
    'permissions to write that are no resource',
    { permissions: [...fullManifest.permissions, { permission: 'users:write', reason: 'Invites people.' }] },
  ],
])('%s are known', (_what, change) => {
  expect(check(change).findings.filter(({ severity }) => severity === 'ERROR')).toEqual([])
})

test.each<[what: string, change: Record<string, unknown>, told: string, hint: string]>([
  [
    'a hook',
    { hooks: ['service_provison'] },
    'ERROR manifest.hooks.known',
    'Did you mean "service_provision"?',
  ],
  [
    'a hook of a plugin that is no dependency',
    { hooks: ['crm.sync'] },
    'ERROR manifest.hooks.known',
    'name "crm" in "dependencies" or "optionalDependencies"',
  ],
  [
    'an extension point of its own that it does not offer',
    { hooks: ['welcome-email.bye'] },
    'ERROR manifest.hooks.known',
    'welcome-email.bye',
  ],
  [
    'an event',
    { events: ['auth.user.creatd'] },
    'ERROR manifest.events.known',
    'Did you mean "auth.user.created"?',
  ],
  [
    'events below what there is not',
    { events: ['crm.*'] },
    'ERROR manifest.events.known',
    'The host has no event',
  ],
  [
    'a filter',
    { filters: ['generator.sate'] },
    'ERROR manifest.filters.known',
    'Did you mean "generator.state"?',
  ],
  [
    'a module',
    { contributes: { modules: [{ key: 'a', title: 'A', extends: 'inventry' }] }, hooks: [] },
    'ERROR manifest.contributes.extends',
    'Did you mean "inventory"?',
  ],
  [
    'a resource',
    { permissions: [...fullManifest.permissions, 'material:write'] },
    'ERROR manifest.permissions.resources',
    'Did you mean "materials:write"?',
  ],
])('%s that nobody has declared is told', (_what, change, expected, hint) => {
  const { findings, manifest } = check(change)
  expect(told(findings)).toEqual([expected])
  expect(findings[0]?.message).toContain(hint)
  expect(manifest).toBeNull()
})

test('a host that has declared nothing cannot say that a name is wrong, and that is told', () => {
  const { manifest, findings } = check({ hooks: ['no_such_hook'], events: ['no.such'] }, nothing)
  expect(manifest).not.toBeNull()
  expect(new Set(told(findings))).toEqual(
    new Set([
      'INFO manifest.hooks.known',
      'INFO manifest.events.known',
      'INFO manifest.filters.known',
      'INFO manifest.contributes.extends',
      'INFO manifest.permissions.resources',
    ]),
  )
})

test('one kind may be declared and another not', () => {
  const { findings } = check({ hooks: ['a'], events: ['b.c'] }, { ...nothing, hooks: [] })
  expect(told(findings)).toContain('ERROR manifest.hooks.known')
  expect(told(findings)).toContain('INFO manifest.events.known')
})
