import type { App } from '../../app.ts'
import type { Manifest } from '../../archive/manifest.ts'
import type { Actor } from '../../auth/actor.ts'
import { reachOf, withinReach } from '../../auth/authorize.ts'
import { matchesType } from '../../events/catalog.ts'
import type { ExtensionPointKind } from '../../generated/prisma/enums.ts'
import { running } from '../installations/policy.ts'

type Parts = Pick<Manifest, 'hooks' | 'events' | 'filters' | 'contributes' | 'permissions'>

/** How many installations use an extension point. */
export type CountSubscribers = (kind: ExtensionPointKind, name: string) => number

/** Looks once at what runs and the actor may see, and tells for each extension point how many installations use it. */
export async function subscriberCounter(app: App, actor: Actor): Promise<CountSubscribers> {
  const active = await app.database.prisma.installation.groupBy({
    by: ['packageId'],
    where: { AND: [running(app.clock.now()), withinReach(reachOf(actor, 'installations:read'))] },
    _count: true,
  })
  const packages = await app.database.prisma.package.findMany({
    where: { id: { in: active.map(({ packageId }) => packageId) } },
    select: { id: true, manifest: true },
  })
  const counts = new Map(active.map(({ packageId, _count }) => [packageId, _count]))
  return (kind, name) =>
    packages
      .filter(({ manifest }) => USES[kind](manifest as unknown as Parts, name))
      .reduce((sum, { id }) => sum + (counts.get(id) ?? 0), 0)
}

const USES: Record<ExtensionPointKind, (manifest: Parts, name: string) => boolean> = {
  HOOK: ({ hooks }, name) => hooks.includes(name),
  EVENT: ({ events }, name) => events.some((pattern) => matchesType(pattern, name)),
  FILTER: ({ filters }, name) => filters.includes(name),
  MODULE: ({ contributes }, name) => contributes.modules.some((module) => module.extends === name),
  RESOURCE: ({ permissions }, name) => permissions.some((it) => it.permission === `${name}:write`),
}
