import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { checkPackage } from '../../src/archive/check-package.ts'
import { manifestSchema } from '../../src/archive/manifest.ts'
import { packageRisk, permissionInfo, permissions, riskOf } from '../../src/archive/permissions.ts'
import { buildZip } from './support/hostile-zip.ts'
import { goodManifest, pluginZip } from './support/plugin-files.ts'

test('a good package is valid, with archive, manifest and all checks passed', async () => {
  const { report, archive, manifest, claims } = await checkPackage(pluginZip(goodManifest))
  expect(report).toMatchObject({ valid: true, riskLevel: 'LOW', findings: [] })
  expect(report.checks.every(({ passed }) => passed)).toBe(true)
  expect(archive?.format).toBe('ZIP')
  expect(manifest?.version).toBe('1.0.0')
  expect(claims).toEqual({ id: 'welcome-email', version: '1.0.0' })
})

test('a refused manifest still says what it claims to be, and how risky it would be', async () => {
  const bad = { ...goodManifest, type: 'nothing', permissions: ['secrets:read'] }
  const { report, archive, manifest, claims } = await checkPackage(pluginZip(bad))
  expect(report).toMatchObject({ valid: false, riskLevel: 'MEDIUM' })
  expect(archive).not.toBeNull()
  expect(manifest).toBeNull()
  expect(claims).toEqual({ id: 'welcome-email', version: '1.0.0' })
})

test('of a refused archive nothing is known but the worst', async () => {
  const { report, archive, manifest, claims } = await checkPackage(buildZip([{ name: '../a' }]))
  expect(report).toMatchObject({ valid: false, riskLevel: 'HIGH' })
  expect([archive, manifest, claims]).toEqual([null, null, { id: null, version: null }])
})

test('warnings do not refuse', async () => {
  const { report } = await checkPackage(pluginZip({ ...goodManifest, licence: 'MIT' }))
  expect(report.valid).toBe(true)
  expect(report.findings.map(({ severity }) => severity)).toEqual(['WARNING'])
})

test('the same bytes give the same report', async () => {
  const zip = pluginZip({ ...goodManifest, id: 'X' })
  const digests = await Promise.all(
    [1, 2].map(async () =>
      createHash('sha256')
        .update(JSON.stringify((await checkPackage(zip)).report))
        .digest('hex'),
    ),
  )
  expect(digests[0]).toBe(digests[1])
})

test('a report can be stored as JSON text, whatever the names in the archive', async () => {
  const { report } = await checkPackage(
    buildZip([{ name: 'a\0b\u202e.js' }, { name: Buffer.from([0xff, 0xfe]) }]),
  )
  expect(JSON.stringify(report)).not.toMatch(/\\u0000|[\p{Cc}\p{Cf}]/u)
})

test('the risk of a package is that of its riskiest permission', () => {
  const asking = (...names: string[]) => names.map((permission) => ({ permission }))
  const network = { allow: ['example.com'] }
  expect(packageRisk({ permissions: [], network })).toBe('LOW')
  expect(packageRisk({ permissions: asking('events:emit', 'storage:read'), network })).toBe('LOW')
  expect(packageRisk({ permissions: asking('events:emit', 'http:outbound'), network })).toBe('MEDIUM')
  expect(packageRisk({ permissions: asking('http:outbound'), network: { allow: ['*'] } })).toBe('HIGH')
  expect(packageRisk({ permissions: asking('http:outbound'), network: { allow: ['*.example.com'] } })).toBe(
    'MEDIUM',
  )
  expect(packageRisk({ permissions: asking('materials:write', 'users:write'), network })).toBe('HIGH')
  expect(riskOf('never:heard', { network })).toBe('HIGH')
})

test('a host resource can be written, and nothing of Object is a permission', () => {
  expect(permissionInfo('materials:write')?.risk).toBe('MEDIUM')
  expect(permissionInfo('materials:delete')).toBeNull()
  expect(permissionInfo('constructor')).toBeNull()
  expect(Object.keys(permissions)).toHaveLength(15)
})

test('the manifest schema can be published as JSON Schema', () => {
  const schema = z.toJSONSchema(manifestSchema, { io: 'input' })
  expect(schema.required).toEqual(
    expect.arrayContaining(['id', 'name', 'version', 'description', 'author', 'type']),
  )
  expect(schema.required).not.toContain('hooks')
})
