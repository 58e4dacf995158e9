import path from 'node:path'
import { expect, test } from 'vitest'
import { defaultArchiveLimits } from '../../src/archive/limits.ts'
import { packFolder } from '../../src/features/discovery/pack-folder.ts'
import { inspectPackage } from '../../src/inspection/inspect-package.ts'
import type { ScanRule } from '../../src/inspection/scan/rule.ts'
import { scanRules } from '../../src/inspection/scan/rules/all.ts'
import { scanPackage } from '../../src/inspection/scan/scan-package.ts'
import { goodManifest, pluginFiles, pluginZip } from '../archive/support/plugin-files.ts'
import { scanFiles } from './support/scan.ts'

const options = { limits: defaultArchiveLimits, host: null, advisory: [] }
const EXAMPLES = path.join(import.meta.dirname, '../../plugins-examples')

/** `ERROR scan.parse main.js 1` */
async function told(files: Record<string, string>, rules?: readonly ScanRule[]): Promise<string[]> {
  const findings = await scanFiles(files, {}, rules)
  return findings.map(
    ({ severity, check, path, line }) => `${severity} ${check} ${path ?? '-'} ${line ?? '-'}`,
  )
}

test('every rule is listed once, passed or not, with the reason why it is there', async () => {
  const { report } = await inspectPackage(pluginZip(goodManifest, { 'a.js': 'eval("1")' }), options)
  const listed = report.checks.filter(({ check }) => check.startsWith('scan.'))
  expect(listed.map(({ check }) => check)).toEqual(scanRules.map(({ name }) => name))
  expect(listed.filter(({ passed }) => !passed)).toEqual([
    { check: 'scan.dynamic-code', category: 'SECURITY', passed: false },
  ])
  expect(scanRules.every(({ why }) => why.length > 20)).toBe(true)
  expect(report.valid).toBe(false)
})

test('without a valid manifest the rules that compare with it do not run, and the others do', async () => {
  const zip = pluginZip({ ...goodManifest, type: 'none' }, { 'a.js': 'eval("1")\nfetch("https://evil.io")' })
  const { report } = await inspectPackage(zip, options)
  const ran = report.checks.map(({ check }) => check)
  expect(ran).toContain('scan.dynamic-code')
  expect(ran).not.toContain('scan.network-literals')
  expect(report.findings.map(({ check }) => check)).toContain('scan.dynamic-code')
})

test.each(['start', 'text', 'module', 'visit', 'use', 'unread', 'finish'])(
  'a rule that throws in %s is an ERROR of that rule, and the others go on',
  async (place) => {
    const fail = (): never => {
      throw new TypeError('/secret/path')
    }
    const crashing: ScanRule = {
      name: 'scan.crashing',
      severity: 'WARNING',
      why: 'To see what comes of it.',
      start: () => {
        if (place === 'start') fail()
        if (place === 'visit') return { module: () => ({ CallExpression: fail }) }
        if (place === 'use') return { module: () => ({ Use: fail }) }
        return { [place]: fail }
      },
    }
    const files = { 'main.js': 'eval("1")', 'other.js': 'let let', 'more.js': 'eval("1")' }
    const findings = await scanFiles(files, {}, [crashing, ...scanRules])
    const crashed = findings.filter(({ check }) => check === 'scan.crashing')
    expect(crashed).toMatchObject([{ severity: 'ERROR', message: expect.stringContaining('(TypeError)') }])
    expect(JSON.stringify(findings)).not.toContain('/secret')
    expect(findings.filter(({ check }) => check === 'scan.dynamic-code')).toHaveLength(2)
  },
)

test('what fails in the walk itself is an ERROR of every rule, and never ends the scan', async () => {
  const failing: ScanRule = {
    name: 'scan.failing',
    severity: 'WARNING',
    why: 'To see what comes of it.',
    start: () => ({
      module: () => ({
        get Use(): never {
          throw new RangeError('/secret/path')
        },
      }),
    }),
  }
  const findings = await scanFiles({ 'main.js': 'export {}' }, {}, [failing, ...scanRules])
  expect(new Set(findings.map(({ check }) => check))).toEqual(
    new Set([failing, ...scanRules].map(({ name }) => name)),
  )
  expect(findings.every(({ severity }) => severity === 'ERROR')).toBe(true)
  expect(JSON.stringify(findings)).not.toContain('/secret')
})

test('what does not parse is an ERROR where the plugin can reach it, else a warning', async () => {
  const files = { 'main.js': `import './a.js'\nexport {}`, 'a.js': '\n\nlet let', 'unused.js': 'a b' }
  expect(await told(files)).toEqual(['ERROR scan.parse a.js 3', 'WARNING scan.parse unused.js 1'])
})

test.each([
  ['parentheses', '('.repeat(100_000)],
  ['arrow functions', `${'a=>'.repeat(100_000)}1`],
  ['templates', '`${'.repeat(50_000)],
  ['members', `a${'.b'.repeat(200_000)}`],
  ['calls', `a${'()'.repeat(200_000)}`],
  ['a sum', `a${'+a'.repeat(50_000)}`],
  ['blocks', `${'{'.repeat(5_000)}${'}'.repeat(5_000)}`],
  ['patterns', `const ${'['.repeat(5_000)}a${']'.repeat(5_000)} = 1`],
])('what is nested too deeply is a finding: %s', async (_what, source) => {
  expect(await told({ 'main.js': source })).toEqual(['ERROR scan.parse main.js 1'])
})

test('a chain of aliases, values that depend on each other, and texts that grow come to an end', async () => {
  const chain = Array.from({ length: 3000 }, (_, index) => `const a${index + 1} = a${index}`)
  const aliases = ['const a0 = Function', ...chain, `a3000('1')`].join('\n')
  expect(await told({ 'main.js': aliases })).toContain('ERROR scan.dynamic-code main.js 3002')
  expect(await told({ 'main.js': 'let a = b, b = a\na()\nconst c = c + c\nc()' })).toEqual([])
  const doubling = Array.from({ length: 200 }, (_, index) => `const t${index + 1} = t${index} + t${index}`)
  expect(await told({ 'main.js': [`const t0 = 'ev'`, ...doubling, 'globalThis[t200]'].join('\n') })).toEqual([
    'WARNING scan.dynamic-code.indirect main.js 202',
  ])
})

test('a file that is larger than can be scanned is refused; one that large of data is not', async () => {
  const large = `export const a = '${'word '.repeat(220_000)}'`
  expect(await told({ 'data.js': large, 'data.json': JSON.stringify(large) })).toEqual([
    'ERROR scan.file-size data.js 1',
  ])
})

test('a thousand findings make a report of twenty, in a time that people have', async () => {
  const { findings } = scanPackage({
    archive: { entries: pluginFiles(goodManifest, { 'main.js': 'eval("1")\n'.repeat(50_000) }) },
    manifest: null,
  })
  expect(findings).toHaveLength(21)
  expect(findings.at(-2)).toMatchObject({ line: 20 })
})

test('what is advisory warns, and does not refuse; what is not goes on refusing', async () => {
  const zip = pluginZip(goodManifest, { 'main.js': 'eval("1")\nprocess.binding("fs")' })
  const inspect = async (...advisory: string[]) =>
    (await inspectPackage(zip, { ...options, advisory })).report
  expect((await inspect('scan.dynamic-code')).valid).toBe(false)
  const report = await inspect('scan.dynamic-code', 'scan.host-objects')
  expect(report.valid).toBe(true)
  expect((await inspect('scan.*')).valid).toBe(true)
  expect((await inspect('scan.dynamic')).valid).toBe(false)
  expect(report.findings.every(({ severity }) => severity === 'WARNING')).toBe(true)
  expect(report.findings[0]!.message).toContain('Advisory here')
  expect(report.checks.every(({ passed }) => passed)).toBe(true)
})

test('advice makes no valid manifest of none', async () => {
  const zip = pluginZip({ ...goodManifest, type: 'none' })
  const { report, manifest } = await inspectPackage(zip, { ...options, advisory: ['manifest.*'] })
  expect([report.valid, manifest]).toEqual([false, null])
})

test.each([
  'daily-kpi',
  'midnight-theme',
  'mikrotik',
  'prompt-guard',
  'slack-notifier',
  'supplier-db',
  'supplier-risk-analyzer',
  'welcome-email',
])('the scan has nothing against the example %s', async (name) => {
  const { bytes } = await packFolder(path.join(EXAMPLES, name))
  const { report } = await inspectPackage(bytes, options)
  expect(report.valid).toBe(true)
  expect(report.findings.filter(({ check }) => check.startsWith('scan.'))).toEqual([])
})
