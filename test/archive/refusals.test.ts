import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { zipSync } from 'fflate'
import { expect, test } from 'vitest'
import { archiveChecks } from '../../src/archive/archive-checks.ts'
import { type ArchiveLimits, defaultArchiveLimits } from '../../src/archive/limits.ts'
import { readArchive } from '../../src/archive/read-archive.ts'
import { refusals } from './support/refusals.ts'

test.each(refusals)('$rule is refused as $check', async ({ check, bytes, limits, also = [] }) => {
  const { archive, findings, checks } = await readArchive(bytes, limits)
  expect(archive).toBeNull()
  expect(new Set(findings.map((finding) => finding.check))).toEqual(new Set([check, ...also]))
  expect(checks).toContainEqual({ check, category: 'ARCHIVE', passed: false })
})

test('every check refuses an archive that was built for it', () => {
  const exercised = new Set(refusals.flatMap(({ check, also = [] }) => [check, ...also]))
  // One only tells, one is a fault of the reader: both have a test of their own below.
  const others = ['archive.ignored', 'archive.reader']
  const never = Object.keys(archiveChecks).filter(
    (name) => !exercised.has(name as keyof typeof archiveChecks),
  )
  expect(never.toSorted()).toEqual(others)
})

test('every refusal says in one printable line what to do', async () => {
  for (const { rule, bytes, limits } of refusals) {
    const { findings } = await readArchive(bytes, limits)
    for (const { message } of findings) {
      expect(message, rule).toMatch(/^[^\p{Cc}\p{Cf}]{20,400}$/u)
      expect(message, rule).toMatch(WHAT_TO_DO)
    }
  }
})

/** The last sentence is a request. */
const WHAT_TO_DO =
  /[.?)] (?:Pack|Rename|Remove|Upload|Leave|Shorten|Flatten|Split|Bundle|Ship)\b[^.]*(?:\.[a-z]+[^.]*)*\.$/

test('what an archiver of macOS adds is told as archive.ignored, and refuses nothing', async () => {
  const { archive, findings } = await readArchive(
    zipSync({ 'a.js': new Uint8Array(1), '.DS_Store': new Uint8Array(1) }),
  )
  expect(archive?.entries.size).toBe(1)
  expect(findings).toMatchObject([{ severity: 'INFO', check: 'archive.ignored' }])
})

test('a fault of the reader itself refuses, as archive.reader', async () => {
  const broken: ArchiveLimits = {
    ...defaultArchiveLimits,
    get packedBytes(): number {
      throw new TypeError('as if a line of ours were wrong')
    },
  }
  const { archive, findings } = await readArchive(zipSync({ a: new Uint8Array(1) }), broken)
  expect(archive).toBeNull()
  expect(findings).toMatchObject([{ severity: 'ERROR', check: 'archive.reader' }])
})

test('nothing is written anywhere: all of them are refused in a process that may not write', async () => {
  const program = path.join(import.meta.dirname, 'support/read-without-writing.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--permission',
    '--allow-fs-read=*',
    program,
  ])
  expect(JSON.parse(stdout)).toEqual({ mayWrite: false, refused: refusals.length })
})
