import { expect, test } from 'vitest'
import { checkManifest } from '../../src/archive/check-manifest.ts'
import { goodManifest, pluginFiles, told } from './support/plugin-files.ts'

function findingsOf(license: string): { told: string[]; message: string } {
  const files = { 'LICENSE.txt': 'Mine.', 'docs/TERMS.md': 'Mine.' }
  const { findings } = checkManifest({ entries: pluginFiles({ ...goodManifest, license }, files) })
  return { told: told(findings), message: findings[0]?.message ?? '' }
}

test.each([
  'MIT',
  'Apache-2.0',
  '(MIT OR Apache-2.0)',
  'GPL-3.0-or-later WITH Classpath-exception-2.0',
  'GPL-2.0+',
  'LicenseRef-Proprietary',
  'UNLICENSED',
  'SEE LICENSE IN LICENSE.txt',
  'SEE LICENSE IN docs/TERMS.md',
])('%s is a licence', (license) => {
  expect(findingsOf(license).told).toEqual([])
})

test.each([
  ['Apache 2', 'Apache-2.0'],
  ['Apache License, Version 2.0', 'Apache-2.0'],
  ['apache-2.0', 'Apache-2.0'],
  ['mit', 'MIT'],
  ['MIT License', 'MIT'],
  ['The MIT License', 'MIT'],
  ['GPLv3', 'GPL-3.0-only'],
  ['GNU GPL v3', 'GPL-3.0-only'],
  ['LGPLv3', 'LGPL-3.0-only'],
  ['BSD 3-Clause', 'BSD-3-Clause'],
  ['BSD', 'BSD-3-Clause'],
  ['MPL 2.0', 'MPL-2.0'],
  ['Proprietary', 'UNLICENSED'],
  ['constructor', null],
  ['Do what you want', null],
])('%s is none, and %s was meant', (license, meant) => {
  const { told: found, message } = findingsOf(license)
  expect(found).toEqual(['ERROR manifest.license.spdx'])
  expect(/Did you mean "(.*)"\?$/.exec(message)?.[1] ?? null).toBe(meant)
})

test.each([
  'MIT OR',
  '(MIT',
  'MIT AND OR ISC',
  '('.repeat(100),
  'MIT WITH',
  'DocumentRef-a',
  'see license in LICENSE.txt',
])('%s is none', (license) => {
  expect(findingsOf(license).told).toEqual(['ERROR manifest.license.spdx'])
})

test('the file in which a licence stands must be there', () => {
  const { told: found, message } = findingsOf('SEE LICENSE IN LICENCE.txt')
  expect(found).toEqual(['ERROR manifest.license.spdx'])
  expect(message).toContain('has no file "LICENCE.txt"')
})
