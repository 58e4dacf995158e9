import { expect, test } from 'vitest'
import type { App } from '../../../src/app.ts'
import {
  drawLicenseKey,
  keyEndOf,
  licenseKeyHash,
  openLicenseKey,
  sealLicenseKey,
} from '../../../src/features/licenses/license-key.ts'
import type { Tx } from '../../../src/platform/database.ts'
import { MasterKeys } from '../../../src/platform/master-keys.ts'

const hashOf = (written: string): string | null => {
  const hash = licenseKeyHash(written)
  return hash === null ? null : Buffer.from(hash).toString('hex')
}

test('keys are five groups that can be read aloud, and no two are the same', () => {
  const keys = Array.from({ length: 1000 }, () => drawLicenseKey())
  for (const key of keys) expect(key).toMatch(/^([0-9A-HJKMNP-TV-Z]{5}-){4}[0-9A-HJKMNP-TV-Z]{5}$/)
  expect(new Set(keys).size).toBe(keys.length)
  expect(keyEndOf(keys[0]!)).toBe(keys[0]!.slice(-4))
})

test('a key is found however it is written, and nothing else is taken for one', () => {
  const key = '01234-56789-ABCDE-FGHJK-MNPQR'
  const same = [
    '0123456789abcdefghjkmnpqr',
    ' OI234 56789 ABCDE FGHJK MNPQR\n',
    'oL234-56789-abcde-fghjk-mnpqr',
  ]
  expect(same.map(hashOf)).toEqual(same.map(() => hashOf(key)))
  expect(hashOf('01234-56789-ABCDE-FGHJK-MNPQS')).not.toBe(hashOf(key))
  const none = [
    '',
    key.slice(1),
    `${key}0`,
    key.replace('A', 'U'),
    key.replace('A', 'Ａ'),
    `${key}\0`,
    '0'.repeat(1e6),
  ]
  expect(none.map(hashOf)).toEqual(none.map(() => null))
})

test('a sealed key opens in its own row alone, and under its own master key', async () => {
  const masterKeys = new MasterKeys(Buffer.alloc(32, 7))
  const app = { masterKeys } as unknown as App
  const tx = { $queryRaw: async () => [{ id: masterKeys.wanted }] } as unknown as Tx
  const key = drawLicenseKey()
  const sealed = await sealLicenseKey(tx, app, 'one', key)
  expect(Buffer.from(sealed).includes(key)).toBe(false)
  expect(openLicenseKey(app, 'one', sealed)).toBe(key)
  expect(() => openLicenseKey(app, 'another', sealed)).toThrow()
  const others = { ...app, masterKeys: new MasterKeys(Buffer.alloc(32, 8)) }
  expect(() => openLicenseKey(others, 'one', sealed)).toThrow()
})
