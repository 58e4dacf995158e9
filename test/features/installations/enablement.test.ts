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
  ...(['ACTIVE', 'EXPIRED'] as const).flatMap((status) =>
    [null, inDays(-1)].map((expiresAt) => ({
      type: 'DEVELOPER' as const,
      status,
      startsAt: inDays(-9),
      expiresAt,
    })),
  ),
]

/** Of sites; by one of them a licence for development serves, and no other licence asks for them. */
const LABELS = [
  {},
  { env: 'development' },
  { env: 'Development' },
  { env: true },
  { env: ['development'] },
  { env: null },
  { other: 'development' },
  { env: 'development', more: 1 },
]

const CASES = LICENSES.flatMap((license, index) =>
  STATUSES.flatMap((status) =>
    (['1.0.0', '2.0.0'] as const).flatMap((version) =>
      BOTH.flatMap((organizationEnabled) =>
        BOTH.flatMap((perpetual) =>
          (license?.type === 'DEVELOPER' ? LABELS : [{}]).map((labels) => ({
            index,
            labels,
            columns: { status, organizationEnabled, perpetual },
            version,
          })),
        ),
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
    await prisma.$executeRaw`
      update site set labels = given.labels from unnest(${shelf.siteIds}::uuid[], ${CASES.map(({ labels }) => JSON.stringify(labels))}::jsonb[])
        as given (id, labels) where site.id = given.id`
    const licenseIds: (string | null)[] = []
    for (const columns of LICENSES)
      licenseIds.push(columns === null ? null : (await putLicense(app, shelf, columns)).id)
    await prisma.installation.createMany({
      data: CASES.map(({ index, version, columns }, site) => ({
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
    const byDevelopment = { license: { type: 'DEVELOPER' as const } }
    const ofThem = { AND: [{ pluginId }, byDevelopment, running(now)] }
    // Two sets of labels; one ACTIVE, approved and switched on; by an end that is none, or that is perpetual.
    const expected = !enabled ? 0 : licenseRequired ? 2 * 2 * 3 : LABELS.length * 2 * 2 * 2
    expect(await prisma.installation.count({ where: ofThem })).toBe(expected)
  },
)
