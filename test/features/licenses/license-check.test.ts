import { expect, test } from 'vitest'
import {
  checkLicense,
  isUsable,
  LICENSE_CODES,
  type CheckedLicense,
  type LicenseCode,
  type LicenseUse,
} from '../../../src/features/licenses/license-check.ts'

const now = new Date('2026-06-01T00:00:00.000Z')
const before = new Date('2026-05-01T00:00:00.000Z')
const after = new Date('2026-07-01T00:00:00.000Z')

const GOOD: CheckedLicense = {
  type: 'ENTERPRISE',
  status: 'ACTIVE',
  pluginId: 'plugin',
  organizationId: 'organization',
  siteId: 'site',
  maxInstallations: 2,
  usedInstallations: 1,
  startsAt: before,
  expiresAt: after,
  endsAt: after,
}
const USE: LicenseUse = {
  pluginId: 'plugin',
  site: { id: 'site', organizationId: 'organization', labels: { env: 'production' } },
  seated: false,
  now,
}

/** What makes a licence wrong in that way; two of them that write the same columns exclude each other. */
const FAULTS: Partial<Record<LicenseCode, Partial<CheckedLicense>>> = {
  REVOKED: { status: 'REVOKED' },
  SUSPENDED: { status: 'SUSPENDED' },
  NOT_STARTED: { startsAt: after },
  PLUGIN_MISMATCH: { pluginId: 'another' },
  ORGANIZATION_MISMATCH: { organizationId: 'another' },
  SITE_MISMATCH: { siteId: 'another' },
  DEVELOPMENT_ONLY: { type: 'DEVELOPER' },
  EXPIRED: { expiresAt: before, endsAt: now },
  TOO_MANY_INSTALLATIONS: { usedInstallations: 2 },
  IN_GRACE_PERIOD: { expiresAt: now, endsAt: after },
}
const NAMES = Object.keys(FAULTS) as LicenseCode[]

test('of everything that is wrong with a licence the check names one: the first by its precedence, in all combinations', () => {
  let checked = 0
  for (let set = 0; set < 2 ** NAMES.length; set++) {
    const wrong = NAMES.filter((_, bit) => (set & (1 << bit)) !== 0)
    if (wrong.includes('REVOKED') && wrong.includes('SUSPENDED')) continue
    if (wrong.includes('EXPIRED') && wrong.includes('IN_GRACE_PERIOD')) continue
    const license = Object.assign({}, GOOD, ...wrong.map((name) => FAULTS[name])) as CheckedLicense
    const first = LICENSE_CODES.find((code) => wrong.includes(code)) ?? 'VALID'
    expect(checkLicense(license, USE), wrong.join(' and ')).toBe(first)
    checked++
  }
  expect(checked).toBe(3 * 3 * 2 ** (NAMES.length - 4))
})

test('the precedence is the one of the contract, and only its last two are usable', () => {
  expect(LICENSE_CODES).toEqual([
    'NOT_FOUND',
    'REVOKED',
    'SUSPENDED',
    'NOT_STARTED',
    'PLUGIN_MISMATCH',
    'ORGANIZATION_MISMATCH',
    'SITE_MISMATCH',
    'DEVELOPMENT_ONLY',
    'EXPIRED',
    'TOO_MANY_INSTALLATIONS',
    'IN_GRACE_PERIOD',
    'VALID',
  ])
  expect(checkLicense(null, USE)).toBe('NOT_FOUND')
  expect(LICENSE_CODES.filter(isUsable)).toEqual(['IN_GRACE_PERIOD', 'VALID'])
})

test.each<[string, Partial<CheckedLicense>, Partial<LicenseUse>, LicenseCode]>([
  [
    'a licence of whoever has its key serves every organization',
    { organizationId: null, siteId: null },
    {},
    'VALID',
  ],
  ['one that never expires has no end', { expiresAt: null, endsAt: null }, {}, 'VALID'],
  ['without a limit there are seats for all', { maxInstallations: null, usedInstallations: 9 }, {}, 'VALID'],
  ['who holds a seat needs no other', { usedInstallations: 2 }, { seated: true }, 'VALID'],
  ['it begins at its first moment', { startsAt: now }, {}, 'VALID'],
  ['its state may lag behind', { status: 'EXPIRED' }, {}, 'VALID'],
  ['a label says that a site is for development', { type: 'DEVELOPER' }, development('development'), 'VALID'],
  ['and says so exactly', { type: 'DEVELOPER' }, development('Development'), 'DEVELOPMENT_ONLY'],
])('%s', (_, license, use, code) => {
  expect(checkLicense({ ...GOOD, ...license }, { ...USE, ...use })).toBe(code)
})

function development(env: string): Partial<LicenseUse> {
  return { site: { ...USE.site, labels: { env } } }
}
