import type { Finding } from '../archive/finding.ts'
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
    digest: await digestOf(bytes),
    size: bytes.length,
  }
}

/** By the thread pool: 20 MiB would hold up the event loop for 50 ms. */
async function digestOf(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new Uint8Array(bytes))
  return Buffer.from(digest).toString('hex')
}
