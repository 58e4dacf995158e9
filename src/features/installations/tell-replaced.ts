import { record } from '../../events/record.ts'
import type { InstallationStatus } from '../../generated/prisma/enums.ts'
import type { Tx } from '../../platform/database.ts'
import type { Replacement } from './replace-installation.ts'
import type { Mover } from './tell-move.ts'

/** Tells of a version that the same transaction has put in another's place, with what the audit log keeps of it. */
export async function tellReplaced(
  tx: Tx,
  type: 'plugin.upgraded' | 'plugin.rolled_back',
  { old, candidate }: Pick<Replacement, 'old' | 'candidate'>,
  mover: Mover,
  { status, reason, at }: { status: InstallationStatus; reason: string | null; at: Date },
): Promise<void> {
  const { organizationId, siteId, pluginId, slug } = old
  const payload = {
    slug,
    version: candidate.version,
    previousVersion: old.version,
    supersedes: old.id,
    previousStatus: old.status,
    status,
    reason,
  }
  await record(tx, type, payload, {
    organizationId,
    siteId,
    subjectId: candidate.id,
    pluginId,
    ...mover,
    changed: {
      before: { version: old.version, status: old.status },
      after: { version: candidate.version, status },
    },
    at,
  })
}
