import { expect } from 'vitest'
import { readArchive } from '../../../src/archive/read-archive.ts'
import type { Packed } from './grammar-zip.ts'

/**
 * The one thing that the reader owes for any bytes: exactly what was packed (but for what macOS adds), or a refusal by
 * name. Returns whether it was read.
 */
export async function expectWholeOrRefused({ bytes, files }: Packed): Promise<boolean> {
  const { archive, findings, checks } = await readArchive(bytes)
  expect(findings.map(({ check }) => check)).not.toContain('archive.reader')
  if (archive === null) {
    expect(findings.some(({ severity }) => severity === 'ERROR')).toBe(true)
    expect(checks.some(({ passed }) => !passed)).toBe(true)
  } else expect(comparable(archive.entries)).toEqual(comparable(withoutMacosExtras(files)))
  return archive !== null
}

function withoutMacosExtras(files: ReadonlyMap<string, Uint8Array>): Map<string, Uint8Array> {
  return new Map(
    [...files].filter(([path]) => {
      const name = path.slice(path.lastIndexOf('/') + 1)
      return !path.startsWith('__MACOSX/') && name !== '.DS_Store' && !name.startsWith('._')
    }),
  )
}

/** Plain text is compared, and told, faster than bytes. */
export function comparable(files: ReadonlyMap<string, Uint8Array>): [path: string, content: string][] {
  return [...files]
    .map(([path, bytes]): [string, string] => [path, Buffer.from(bytes).toString('latin1')])
    .sort(([a], [b]) => (a < b ? -1 : 1))
}
