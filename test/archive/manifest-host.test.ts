import { expect, test } from 'vitest'
import { checkManifest } from '../../src/archive/check-manifest.ts'
import type { HostKnowledge } from '../../src/archive/manifest-checks/manifest-check.ts'
import { fullFiles, fullManifest, someHost } from './support/full-plugin.ts'
import { pluginFiles, told } from './support/plugin-files.ts'

const nothing: HostKnowledge = { hooks: null, events: null, filters: null, modules: null, resources: null }

function check(change: Record<string, unknown>, host: HostKnowledge | null = someHost) {
  return checkManifest({ entries: pluginFiles({ ...fullManifest, ...change }, fullFiles) }, { host })
}

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
