import type { App } from '../../app.ts'
import { matchesType } from '../../events/catalog.ts'
import { running } from '../installations/policy.ts'

/** Installations that run where an event happened and whose manifest subscribes to its type. */
export async function findSubscribers(
  app: App,
  event: { type: string; organizationId: string | null; siteId: string | null },
): Promise<{ installationId: string; pattern: string }[]> {
  if (event.organizationId === null) return []
  const rows = await app.database.prisma.installation.findMany({
    where: {
      organizationId: event.organizationId,
      ...(event.siteId === null ? {} : { siteId: event.siteId }),
      AND: [running(app.clock.now()), { package: { manifest: { path: ['events', '0'], not: 'null' } } }],
    },
    select: { id: true, package: { select: { manifest: true } } },
    orderBy: { id: 'asc' },
  })
  return rows.flatMap((row) => {
    const { events } = row.package.manifest as unknown as { events: string[] }
    const pattern = mostSpecific(events.filter((candidate) => matchesType(candidate, event.type)))
    return pattern === undefined ? [] : [{ installationId: row.id, pattern }]
  })
}

/** A plugin gets an event once, whichever of its subscriptions cover it. */
function mostSpecific(patterns: readonly string[]): string | undefined {
  return patterns.toSorted((a, b) => b.length - a.length)[0]
}
