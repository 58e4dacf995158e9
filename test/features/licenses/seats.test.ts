import { afterAll, beforeAll, expect, test } from 'vitest'
import type { App } from '../../../src/app.ts'
import { change } from '../../../src/app.ts'
import { releaseLicense } from '../../../src/features/licenses/release-license.ts'
import { days } from '../../../src/lib/units.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { codeOf, makeShelf, putLicense, seatsOf, take } from './support.ts'

const clock = new FakeClock('2026-06-01T00:00:00.000Z')
let server: TestServer
let app: App
beforeAll(async () => {
  server = await startTestServer({ worker: false, clock })
  app = server.app
})
afterAll(async () => {
  await server.close()
})

const inDays = (count: number): Date => new Date(clock.now().getTime() + days(count))

test.each([
  { free: 1, wanting: 100 },
  { free: 10, wanting: 100 },
])(
  'of $wanting parallel installs for $free seats as many succeed, and all others are LICENSE_LIMIT',
  async ({ free, wanting }) => {
    const shelf = await makeShelf(app, { sites: wanting })
    const license = await putLicense(app, shelf, { maxInstallations: free })
    const codes = await Promise.all(shelf.siteIds.map((_, site) => codeOf(take(app, shelf, { site }))))
    expect(codes.filter((code) => code === null)).toHaveLength(free)
    expect(codes.filter((code) => code === 'LICENSE_LIMIT')).toHaveLength(wanting - free)
    expect(await seatsOf(app, license.id)).toEqual({ used: free, seats: free })
  },
)

test('a site keeps its seat through upgrades, and gives it back once', async () => {
  const shelf = await makeShelf(app, { sites: 2 })
  const { id, key } = await putLicense(app, shelf, { maxInstallations: 1 })
  expect(await take(app, shelf)).toEqual({ licenseId: id, perpetual: false })
  expect(await take(app, shelf)).toEqual({ licenseId: id, perpetual: false })
  expect(await take(app, shelf, { licenseKey: key })).toEqual({ licenseId: id, perpetual: false })
  expect(await codeOf(take(app, shelf, { site: 1 }))).toBe('LICENSE_LIMIT')
  const seat = { licenseId: id, siteId: shelf.siteIds[0]! }
  await change(app, (tx) => releaseLicense(tx, app, seat))
  await change(app, (tx) => releaseLicense(tx, app, seat))
  expect(await seatsOf(app, id)).toEqual({ used: 0, seats: 0 })
  expect(await take(app, shelf, { site: 1 })).not.toBeNull()
})

test('a given key takes a seat also where the plugin needs no licence; else none is taken', async () => {
  const shelf = await makeShelf(app, { plugin: { licenseRequired: false } })
  const { id, key } = await putLicense(app, shelf)
  expect(await take(app, shelf)).toBeNull()
  expect(await take(app, shelf, { licenseKey: ` ${key.toLowerCase().replaceAll('-', ' ')}` })).not.toBeNull()
  expect(await seatsOf(app, id)).toEqual({ used: 1, seats: 1 })
  // An upgrade names no key, and stays on it.
  expect(await take(app, shelf)).toEqual({ licenseId: id, perpetual: false })
})

test('what is refused takes no seat, and says why', async () => {
  const shelf = await makeShelf(app)
  const other = await makeShelf(app)
  expect(await codeOf(take(app, shelf))).toBe('LICENSE_REQUIRED')
  expect(await codeOf(take(app, shelf, { licenseKey: 'ABCDE-ABCDE-ABCDE-ABCDE-ABCDE' }))).toBe('NOT_FOUND')
  expect(await codeOf(take(app, shelf, { licenseKey: 'no key' }))).toBe('NOT_FOUND')
  const refused = [
    [await putLicense(app, other), 'LICENSE_INVALID'],
    [await putLicense(app, shelf, { status: 'REVOKED' }), 'LICENSE_INVALID'],
    [await putLicense(app, shelf, { status: 'SUSPENDED' }), 'LICENSE_INVALID'],
    [await putLicense(app, shelf, { startsAt: inDays(1) }), 'LICENSE_INVALID'],
    [await putLicense(app, shelf, { type: 'DEVELOPER' }), 'LICENSE_INVALID'],
    [await putLicense(app, shelf, { expiresAt: inDays(-1) }), 'LICENSE_EXPIRED'],
  ] as const
  for (const [{ id, key }, code] of refused) {
    expect(await codeOf(take(app, shelf, { licenseKey: key }))).toBe(code)
    expect(await seatsOf(app, id)).toEqual({ used: 0, seats: 0 })
  }
})

test('where no key is given, the best licence of the site and its organization is taken', async () => {
  const shelf = await makeShelf(app, { sites: 2 })
  const trial = await putLicense(app, shelf, { type: 'TRIAL', expiresAt: inDays(5) })
  expect(await take(app, shelf)).toMatchObject({ licenseId: trial.id })
  const bought = await putLicense(app, shelf, { expiresAt: inDays(300), maxInstallations: 1 })
  expect(await take(app, shelf, { site: 1 })).toMatchObject({ licenseId: bought.id })
  // Its own seat serves still; when that has ended, another licence takes its place.
  expect(await take(app, shelf)).toMatchObject({ licenseId: trial.id })
  const own = await putLicense(app, shelf, { type: 'SITE', siteId: shelf.siteIds[0]!, expiresAt: inDays(30) })
  clock.advance(days(6))
  expect(await take(app, shelf)).toMatchObject({ licenseId: own.id })
  expect(await seatsOf(app, trial.id)).toEqual({ used: 0, seats: 0 })
})

test('a version that was released before the expiry stays usable, a later one is LICENSE_EXPIRED', async () => {
  const versions = { '1.0.0': 50, '1.1.0': 40, '1.2.0': 0 }
  const shelf = await makeShelf(app, { sites: 2, plugin: { perpetualFallback: true }, versions })
  const { id } = await putLicense(app, shelf, { expiresAt: inDays(-10), gracePeriodDays: 20 })
  expect(await take(app, shelf)).toEqual({ licenseId: id, perpetual: true })
  clock.advance(days(11))
  expect(await take(app, shelf, { version: '1.1.0' })).toEqual({ licenseId: id, perpetual: true })
  expect(await codeOf(take(app, shelf, { version: '1.2.0' }))).toBe('LICENSE_EXPIRED')
  // Only where it was in use: an expired licence starts nothing anew.
  expect(await codeOf(take(app, shelf, { site: 1 }))).toBe('LICENSE_EXPIRED')
})
