import DataLoader from 'dataloader'
import type { Tx } from '../../platform/database.ts'
import { NOTHING_SET, type SettingsLevel } from './levels.ts'

/** An organization's level of a plugin's settings. */
export interface PlaceOfLevel {
  organizationId: string
  pluginId: string
}

type Reads = Pick<Tx, 'organizationPluginConfig'>

/** What organizations say of plugins, many in one query; where they never said anything, nothing. */
export async function organizationLevels(
  prisma: Reads,
  places: readonly PlaceOfLevel[],
): Promise<SettingsLevel[]> {
  const unique = new Map(places.map((place) => [nameOf(place), place]))
  const rows = await prisma.organizationPluginConfig.findMany({
    where: {
      organizationId: { in: [...new Set(places.map(({ organizationId }) => organizationId))] },
      pluginId: { in: [...new Set([...unique.values()].map(({ pluginId }) => pluginId))] },
    },
    select: { organizationId: true, pluginId: true, settings: true, lockedSettings: true },
  })
  const found = new Map(rows.map((row) => [nameOf(row), row]))
  return places.map((place) => {
    const row = found.get(nameOf(place))
    if (row === undefined) return { scope: 'ORGANIZATION', ...NOTHING_SET }
    return { scope: 'ORGANIZATION', settings: row.settings as never, locked: row.lockedSettings }
  })
}

/** The same for a request that asks one by one. */
export function organizationLevelLoader(prisma: Reads): DataLoader<PlaceOfLevel, SettingsLevel, string> {
  return new DataLoader((places) => organizationLevels(prisma, places), { cacheKeyFn: nameOf })
}

function nameOf({ organizationId, pluginId }: PlaceOfLevel): string {
  return `${organizationId} ${pluginId}`
}
