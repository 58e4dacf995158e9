import type { Finding } from '../archive/finding.ts'
import { digestOfBytes } from '../lib/digest-of-bytes.ts'
import type { InspectionSummary } from './inspect-package.ts'

/** The answer for a package whose inspection was stopped: nothing is known of it, so it is refused. */
export async function refusal(
  bytes: Uint8Array,
  check: 'inspection.time' | 'inspection.memory',
  message: string,
): Promise<InspectionSummary> {
  const finding: Finding = { severity: 'ERROR', category: 'SECURITY', check, message }
  return {
    report: {
      valid: false,
      riskLevel: 'HIGH',
      checks: [{ check, category: 'SECURITY', passed: false }],
      findings: [finding],
    },
    manifest: null,
    webhooks: [],
    claims: { id: null, version: null },
    format: null,
    digest: await digestOfBytes(bytes),
    size: bytes.length,
  }
}
