import { afterAll, expect, test } from 'vitest'
import { defaultArchiveLimits } from '../../src/archive/limits.ts'
import { createInspector } from '../../src/inspection/inspector.ts'
import { inspectPackage } from '../../src/inspection/inspect-package.ts'
import { goodManifest, pluginZip } from '../archive/support/plugin-files.ts'

const options = { limits: defaultArchiveLimits, host: null, advisory: [] }
const inspector = createInspector({ threads: 1 })
afterAll(() => inspector.close())

test('a thread says the same of a package as the function does, but for the files', async () => {
  const zip = pluginZip(goodManifest, { 'lib/bad.js': 'eval("1")\n' })
  const { archive, ...direct } = await inspectPackage(zip, options)
  expect(await inspector.inspect(zip, options)).toEqual({ ...direct, format: archive?.format })
  expect(direct.report.findings.map(({ check, path, line }) => [check, path, line])).toEqual([
    ['scan.dynamic-code', 'lib/bad.js', 1],
  ])
})

test('packages are inspected in the order in which they came, and the bytes stay the caller’s', async () => {
  const zips = ['one', 'two', 'three'].map((name) => pluginZip({ ...goodManifest, id: `plugin-${name}` }))
  const order: string[] = []
  await Promise.all(
    zips.map(async (zip) => {
      const { manifest } = await inspector.inspect(zip, options)
      order.push(manifest!.id)
    }),
  )
  expect(order).toEqual(['plugin-one', 'plugin-two', 'plugin-three'])
  expect(zips.every((zip) => zip.length > 0)).toBe(true)
})

test('what is refused for its archive is told the same way', async () => {
  const summary = await inspector.inspect(Buffer.from('no archive'), options)
  expect(summary).toMatchObject({ manifest: null, format: null, size: 10, report: { valid: false } })
})

test('what takes too long is stopped and refused, and the next package finds a new thread', async () => {
  const impatient = createInspector({ threads: 1, timeoutMs: 1 })
  const zip = pluginZip(goodManifest)
  const both = await Promise.all([impatient.inspect(zip, options), impatient.inspect(zip, options)])
  for (const { report, digest } of both) {
    expect(report.valid).toBe(false)
    expect(report.findings).toMatchObject([
      { severity: 'ERROR', category: 'SECURITY', check: 'inspection.time' },
    ])
    expect(digest).toMatch(/^[0-9a-f]{64}$/)
  }
  await impatient.close()
})

test('what takes too much memory is stopped and refused, and the next package is inspected', async () => {
  const small = createInspector({ threads: 1, memoryMb: 24 })
  const dense = Array.from({ length: 150_000 }, (_, index) => `a${(index * 7919) % 9973}`).join()
  const { report } = await small.inspect(pluginZip(goodManifest, { 'main.js': dense }), options)
  expect(report.findings).toMatchObject([{ severity: 'ERROR', check: 'inspection.memory' }])
  expect((await small.inspect(pluginZip(goodManifest), options)).report.valid).toBe(true)
  await small.close()
})

test('a closed inspector rejects what waits, what runs and what comes', async () => {
  const closing = createInspector({ threads: 1 })
  const zip = pluginZip(goodManifest)
  const running = [closing.inspect(zip, options), closing.inspect(zip, options)]
  const settled = Promise.allSettled(running)
  await closing.close()
  expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await expect(closing.inspect(zip, options)).rejects.toThrow('closed')
})
