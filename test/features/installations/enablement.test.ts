import { afterAll, beforeAll, expect, test } from 'vitest'
import type { App } from '../../../src/app.ts'
import { disabledReasons, ENABLEMENT } from '../../../src/features/installations/enablement.ts'
import { running } from '../../../src/features/installations/policy.ts'
import type { License } from '../../../src/generated/prisma/client.ts'
import type { InstallationStatus } from '../../../src/generated/prisma/enums.ts'
import { newId } from '../../../src/lib/ids.ts'
import { days } from '../../../src/lib/units.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { makeShelf, putLicense } from '../licenses/support.ts'

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

const BOTH = [true, false]
const STATUSES: InstallationStatus[] = ['ACTIVE', 'INACTIVE']
const PACKAGES = { '1.0.0': 'APPROVED', '2.0.0': 'REVOKED' } as const
const inDays = (count: number): Date => new Date(clock.now().getTime() + days(count))

/** No licence, and each state with a begin and an end before now, at that very moment, and after it. */
const LICENSES: (Partial<License> | null)[] = [
  null,
  ...(['ACTIVE', 'EXPIRED', 'SUSPENDED', 'REVOKED'] as const).flatMap((status) =>
    [inDays(-9), inDays(0), inDays(1)].flatMap((startsAt) =>
      [null, inDays(-1), inDays(0), inDays(9)]
        .filter((expiresAt) => expiresAt === null || expiresAt > startsAt)
        .map((expiresAt) => ({ status, statusReason: 'Why.', startsAt, expiresAt })),
    ),
  ),
]

const CASES = LICENSES.flatMap((_license, index) =>
  STATUSES.flatMap((status) =>
    (['1.0.0', '2.0.0'] as const).flatMap((version) =>
      BOTH.flatMap((organizationEnabled) =>
        BOTH.map((perpetual) => ({ index, status, version, organizationEnabled, perpetual })),
      ),
    ),
  ),
)

test.each(BOTH.flatMap((enabled) => BOTH.map((licenseRequired) => ({ enabled, licenseRequired }))))(
  'what runs is what has no reason not to, one by one and as a condition, in all combinations: %o',
  async ({ enabled, licenseRequired }) => {
    const { prisma } = app.database
    const shelf = await makeShelf(app, {
      sites: CASES.length,
      plugin: { licenseRequired },
      versions: { '1.0.0': 0, '2.0.0': 0 },
    })
    const { pluginId, organizationId } = shelf
    await prisma.plugin.update({ where: { id: pluginId }, data: { enabled } })
    for (const [version, status] of Object.entries(PACKAGES))
      await prisma.package.update({
        where: { id: shelf.packageIds[version]! },
        data: { status, statusReason: 'Why.' },
      })
    const licenseIds: (string | null)[] = []
    for (const columns of LICENSES)
      licenseIds.push(columns === null ? null : (await putLicense(app, shelf, columns)).id)
    await prisma.installation.createMany({
      data: CASES.map(({ index, version, ...columns }, site) => ({
        ...columns,
        id: newId(),
        organizationId,
        pluginId,
        siteId: shelf.siteIds[site]!,
        packageId: shelf.packageIds[version]!,
        licenseId: licenseIds[index]!,
        installedAt: clock.now(),
        activatedAt: clock.now(),
      })),
    })

    const now = clock.now()
    const idsOf = (rows: { id: string }[]) => rows.map(({ id }) => id).sort()
    const select = { id: true }
    const rows = await prisma.installation.findMany({
      where: { pluginId },
      select: { id: true, ...ENABLEMENT },
    })
    const [runs, not] = [
      await prisma.installation.findMany({ where: { AND: [{ pluginId }, running(now)] }, select }),
      await prisma.installation.findMany({ where: { AND: [{ pluginId }, { NOT: running(now) }] }, select }),
    ]
    expect(rows).toHaveLength(CASES.length)
    expect(idsOf(runs)).toEqual(idsOf(rows.filter((row) => disabledReasons(row, now).length === 0)))
    expect(idsOf(not)).toEqual(idsOf(rows.filter((row) => disabledReasons(row, now).length > 0)))
    if (enabled) expect(runs.length).toBeGreaterThan(0)
  },
)
