import type { PackageReport } from '../../archive/check-package.ts'
import { newId } from '../../lib/ids.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { Tx } from '../../platform/database.ts'

/** An attempt to submit, as it is remembered. */
export interface AttemptedSubmission {
  /** What the archive says that it is, checked or not. */
  claims: { id: string | null; version: string | null }
  /** SHA-256 of what arrived, hex; null where nothing did. */
  checksum: string | null
  registryId: string
  /** In whose name; null: the platform's. */
  organizationId: string | null
  submitterId: string | null
  at: Date
  report: PackageReport
}

/** Longer claims are cut: they come from manifests that are refused. */
const MAX_CLAIM_LENGTH = 200

/** Remembers an attempt, with its report and without its bytes. Returns its id. */
export async function recordSubmission(
  tx: Pick<Tx, 'submission'>,
  attempt: AttemptedSubmission,
  outcome: { packageId: string } | { refusal: string },
): Promise<string> {
  const { claims, report, ...columns } = attempt
  const id = newId()
  await tx.submission.create({
    data: {
      id,
      ...columns,
      slug: claims.id?.slice(0, MAX_CLAIM_LENGTH) ?? null,
      version: claims.version?.slice(0, MAX_CLAIM_LENGTH) ?? null,
      validation: report as unknown as JsonObject,
      accepted: 'packageId' in outcome,
      packageId: 'packageId' in outcome ? outcome.packageId : null,
      refusal: 'refusal' in outcome ? outcome.refusal : null,
    },
    select: { id: true },
  })
  return id
}
