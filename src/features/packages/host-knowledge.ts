import type { App } from '../../app.ts'
import type { HostKnowledge } from '../../archive/manifest-checks/manifest-check.ts'
import type { ExtensionPointKind } from '../../generated/prisma/enums.ts'

/** The names that the host has declared, by kind; null where it has declared none of a kind: then nothing is unknown. */
export async function hostKnowledge(app: App): Promise<HostKnowledge> {
  const rows = await app.database.prisma.extensionPoint.findMany({ select: { kind: true, name: true } })
  const ofKind = (kind: ExtensionPointKind): string[] | null => {
    const names = rows.filter((row) => row.kind === kind).map((row) => row.name)
    return names.length === 0 ? null : names
  }
  return {
    hooks: ofKind('HOOK'),
    events: ofKind('EVENT'),
    filters: ofKind('FILTER'),
    modules: ofKind('MODULE'),
    resources: ofKind('RESOURCE'),
  }
}
