import { afterAll, beforeAll, expect, test } from 'vitest'
import type { App } from '../../../src/app.ts'
import { followLicenses } from '../../../src/features/licenses/follow-licenses.ts'
import { requireLicensed } from '../../../src/features/licenses/require-licensed.ts'
import { running } from '../../../src/features/installations/policy.ts'
import { newId } from '../../../src/lib/ids.ts'
import { days, minutes } from '../../../src/lib/units.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { codeOf, makeShelf, putLicense, seatsOf, take, type Shelf } from './support.ts'

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

/** Installs as `installPlugin` does, and lets it be ACTIVE. */
async function run(shelf: Shelf, options: Parameters<typeof take>[2] = {}): Promise<string> {
  const { site = 0, version = '1.0.0' } = options
  const taken = await take(app, shelf, options)
  const id = newId()
  await app.database.prisma.installation.create({
    data: {
      id,
      organizationId: shelf.organizationId,
      siteId: shelf.siteIds[site]!,
      pluginId: shelf.pluginId,
      packageId: shelf.packageIds[version]!,
      status: 'ACTIVE',
      installedAt: clock.now(),
      activatedAt: clock.now(),
      ...taken,
    },
    select: { id: true },
  })
  return id
}

const stateOf = async (id: string) =>
  await app.database.prisma.installation.findUniqueOrThrow({
    where: { id },
    select: { status: true, licenseId: true },
  })

const runs = async (id: string): Promise<boolean> =>
  (await app.database.prisma.installation.count({ where: { AND: [{ id }, running(clock.now())] } })) === 1

/** What was told of a subject, with the days where some are said. */
async function told(subjectId: string): Promise<string[]> {
  const events = await app.database.prisma.event.findMany({ where: { subjectId }, orderBy: { seq: 'asc' } })
  return events.map(({ type, payload }) => [type, (payload as { days?: number }).days].join(' ').trim())
}

test('30, 7 and 1 days before the expiry it is told once each, and then that it has expired', async () => {
  const { id } = await putLicense(app, await makeShelf(app), { expiresAt: inDays(31) })
  const passed: string[][] = []
  for (const step of [0, days(1), minutes(1), days(22), days(1), days(5), days(1), days(1), days(1)]) {
    clock.advance(step)
    await Promise.all([followLicenses(app), followLicenses(app)])
    passed.push(await told(id))
  }
  const all = ['license.expiring 30', 'license.expiring 7', 'license.expiring 1', 'license.expired']
  expect(passed.map((it) => it.length)).toEqual([0, 1, 1, 1, 2, 2, 3, 4, 4])
  expect(passed.at(-1)).toEqual(all)
  expect(await app.database.prisma.license.findUniqueOrThrow({ where: { id } })).toMatchObject({
    status: 'EXPIRED',
  })
})

test('where nobody looked for a while, the nearest mark alone is told', async () => {
  const { id } = await putLicense(app, await makeShelf(app), { expiresAt: inDays(60) })
  clock.advance(days(59.5))
  await followLicenses(app)
  expect(await told(id)).toEqual(['license.expiring 1'])
})

test('after the grace period what runs by a licence stops at that moment, and its state follows', async () => {
  const shelf = await makeShelf(app, { sites: 2 })
  const { id } = await putLicense(app, shelf, { expiresAt: inDays(1), gracePeriodDays: 3 })
  const installation = await run(shelf)
  clock.advance(days(2))
  await followLicenses(app)
  expect(await runs(installation)).toBe(true)
  expect(await stateOf(installation)).toMatchObject({ status: 'ACTIVE' })
  // In its grace period it serves as before.
  expect(await codeOf(take(app, shelf, { site: 1 }))).toBeNull()
  clock.advance(days(2))
  expect(await runs(installation)).toBe(false)
  await Promise.all([followLicenses(app), followLicenses(app)])
  expect(await stateOf(installation)).toMatchObject({ status: 'INACTIVE', licenseId: id })
  const [event, ...more] = await app.database.prisma.event.findMany({ where: { subjectId: installation } })
  expect(more).toEqual([])
  expect(event).toMatchObject({
    type: 'plugin.disabled',
    payload: {
      previousStatus: 'ACTIVE',
      status: 'INACTIVE',
      reason: expect.stringContaining('expired') as string,
    },
  })
  expect(await codeOf(requireLicensed(app, installation))).toBe('LICENSE_EXPIRED')
})

test('a version that stays usable runs on after the end; one that was released later does not', async () => {
  const versions = { '1.0.0': 0, '2.0.0': -2 }
  const shelf = await makeShelf(app, { sites: 2, plugin: { perpetualFallback: true }, versions })
  await putLicense(app, shelf, { expiresAt: inDays(1), gracePeriodDays: 3 })
  const kept = await run(shelf)
  clock.advance(days(3))
  const late = await run(shelf, { site: 1, version: '2.0.0' })
  clock.advance(days(3))
  await followLicenses(app)
  expect([await runs(kept), (await stateOf(kept)).status]).toEqual([true, 'ACTIVE'])
  expect([await runs(late), (await stateOf(late)).status]).toEqual([false, 'INACTIVE'])
  expect(await codeOf(requireLicensed(app, kept))).toBeNull()
})

test('where another licence serves, it goes on by that one, without a gap in its state', async () => {
  const shelf = await makeShelf(app)
  const trial = await putLicense(app, shelf, { type: 'TRIAL', expiresAt: inDays(1) })
  const installation = await run(shelf)
  const bought = await putLicense(app, shelf, { expiresAt: inDays(300), maxInstallations: 1 })
  clock.advance(days(2))
  await followLicenses(app)
  expect(await stateOf(installation)).toEqual({ status: 'ACTIVE', licenseId: bought.id })
  expect(await runs(installation)).toBe(true)
  expect([await seatsOf(app, trial.id), await seatsOf(app, bought.id)]).toEqual([
    { used: 0, seats: 0 },
    { used: 1, seats: 1 },
  ])
})

test('a plugin that needs no licence runs on without the one that it had', async () => {
  const shelf = await makeShelf(app, { plugin: { licenseRequired: false } })
  const { key } = await putLicense(app, shelf, { expiresAt: inDays(1) })
  const installation = await run(shelf, { licenseKey: key })
  clock.advance(days(2))
  await followLicenses(app)
  expect([await runs(installation), (await stateOf(installation)).status]).toEqual([true, 'ACTIVE'])
})

test('what something else is done to just now is deactivated afterwards', async () => {
  const shelf = await makeShelf(app)
  await putLicense(app, shelf, { expiresAt: inDays(1) })
  const installation = await run(shelf)
  const hold = async (operation: string | null) =>
    await app.database.prisma.installation.update({ where: { id: installation }, data: { operation } })
  await hold('upgrade')
  clock.advance(days(2))
  await followLicenses(app)
  expect(await stateOf(installation)).toMatchObject({ status: 'ACTIVE' })
  await hold(null)
  await followLicenses(app)
  expect(await stateOf(installation)).toMatchObject({ status: 'INACTIVE' })
})

test('what runs by a licence for development ends where the site is for development no more', async () => {
  const shelf = await makeShelf(app, { labels: { env: 'development' } })
  await putLicense(app, shelf, { type: 'DEVELOPER' })
  const installation = await run(shelf)
  await followLicenses(app)
  expect(await stateOf(installation)).toMatchObject({ status: 'ACTIVE' })
  const labels = { env: 'production' }
  expect(await runs(installation)).toBe(true)
  await app.database.prisma.site.update({ where: { id: shelf.siteIds[0]! }, data: { labels } })
  expect(await runs(installation)).toBe(false)
  await followLicenses(app)
  expect(await stateOf(installation)).toMatchObject({ status: 'INACTIVE' })
  expect(await codeOf(requireLicensed(app, installation))).toBe('LICENSE_INVALID')
})
