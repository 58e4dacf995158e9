import type { App } from '../../app.ts'
import { matchesType } from '../../events/catalog.ts'
import { placesOf, type Happened } from '../../events/happened.ts'
import { running } from '../installations/policy.ts'

/**
 * For each of the events, in their order: the installations that run where it happened and whose manifest subscribes to its
 * type. Two queries however many there are.
 */
export async function findSubscribers(app: App, events: readonly Happened[]): Promise<string[][]> {
  const installations = await app.database.prisma.installation.findMany({
    where: {
      AND: [
        placesOf(events),
        running(app.clock.now()),
        { package: { manifest: { path: ['events', '0'], not: 'null' } } },
      ],
    },
    select: { id: true, organizationId: true, siteId: true, packageId: true },
    orderBy: { id: 'asc' },
  })
  if (installations.length === 0) return events.map(() => [])
  const subscriptions = await loadSubscriptions(
    app,
    installations.map(({ packageId }) => packageId),
  )
  const byOrganization = Map.groupBy(installations, ({ organizationId }) => organizationId)
  const found = new Map<string, string[]>()
  return events.map(({ type, organizationId, siteId }) => {
    if (organizationId === null) return []
    // Of a flood most are of one type and place.
    const key = `${organizationId} ${siteId} ${type}`
    const known = found.get(key)
    if (known !== undefined) return known
    const subscribers = (byOrganization.get(organizationId) ?? []).filter(
      (it) =>
        (siteId === null || it.siteId === siteId) &&
        subscriptions.get(it.packageId)?.some((pattern) => matchesType(pattern, type)) === true,
    )
    const ids = subscribers.map(({ id }) => id)
    found.set(key, ids)
    return ids
  })
}

/** What packages subscribe to. A manifest may have 256 KiB: the rest of it stays in the database. */
async function loadSubscriptions(app: App, packageIds: readonly string[]): Promise<Map<string, string[]>> {
  const rows = await app.database.prisma.$queryRaw<{ id: string; events: string[] }[]>`
    select id::text as id, manifest -> 'events' as events from package where id = any(${[...new Set(packageIds)]}::uuid[])`
  return new Map(rows.map(({ id, events }) => [id, events]))
}
