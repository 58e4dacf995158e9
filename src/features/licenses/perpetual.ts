/**
 * Whether a version stays usable after its licence ended: its plugin's policy says so, and the version was released until
 * the expiry. A version is released when its publisher submits it: how long its review takes is not the licensee's loss.
 */
export function isPerpetual(
  version: { perpetualFallback: boolean; releasedAt: Date },
  expiresAt: Date | null,
): boolean {
  return version.perpetualFallback && expiresAt !== null && version.releasedAt <= expiresAt
}
