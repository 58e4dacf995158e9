import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formatsPlugin from 'ajv-formats'
import { expect, test } from 'vitest'
import { examplesFolder, listExamples } from '../../scripts/lib/example-packages.ts'
import { manifestKeys } from '../../src/archive/manifest.ts'
import { manifestJsonSchema } from '../../src/archive/manifest-json-schema.ts'
import { goodManifest } from './support/plugin-files.ts'

const ajv = new Ajv2020({ allErrors: true })
formatsPlugin.default(ajv)
const validate = ajv.compile(manifestJsonSchema)

test.each(await listExamples())('the manifest of %s is valid', async (id) => {
  const manifest: unknown = JSON.parse(await readFile(join(examplesFolder, id, 'manifest.json'), 'utf8'))
  expect(validate(manifest), ajv.errorsText(validate.errors)).toBe(true)
})

test('the same id may be called slug', () => {
  const { id, ...rest } = goodManifest
  expect(validate({ ...rest, slug: id })).toBe(true)
  expect(validate(rest)).toBe(false)
})

test.each<[string, Record<string, unknown>]>([
  ['another manifest version', { manifestVersion: 2 }],
  ['an id in capitals', { id: 'Welcome' }],
  ['no version', { version: undefined }],
  ['an unknown type', { type: 'theme' }],
  ['engines without the API', { engines: { host: '*' } }],
  ['a permission that is a number', { permissions: [1] }],
  ['a route without a path', { routes: [{ method: 'GET' }] }],
  ['a job with a name of spaces', { jobs: [{ name: 'a b' }] }],
  ['a secret in small letters', { secrets: [{ key: 'token' }] }],
  ['settings that are no object', { settings: { type: 'array' } }],
])('%s is not', (_what, change) => {
  expect(validate(JSON.parse(JSON.stringify({ ...goodManifest, ...change })))).toBe(false)
})

test('every key is described, for editors', () => {
  const properties = manifestJsonSchema['properties'] as Record<string, { description?: string }>
  expect(Object.keys(properties).sort()).toEqual([...manifestKeys, '$schema', 'slug'].sort())
  expect(Object.entries(properties).filter(([, { description }]) => description === undefined)).toEqual([])
})
