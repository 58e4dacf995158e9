import type { Manifest } from '../../archive/manifest.ts'
import type { InvocationKind } from '../../generated/prisma/enums.ts'
import { seconds } from '../../lib/units.ts'
import type { PluginLimits } from '../../runtime/plugin-call.ts'

/** The most that any plugin may have; times in milliseconds. */
interface PlatformLimits {
  timeoutMs: number
  jobTimeoutMs: number
  memoryMb: number
}

/** What one call may take. */
interface LimitedCall {
  kind: InvocationKind
  /** Of a job: which. */
  name: string
}

/** Jobs, steps of an installation's life and migrations may take longer than what a caller waits for. */
const LONG_KINDS: ReadonlySet<InvocationKind> = new Set(['JOB', 'LIFECYCLE', 'MIGRATION'])

/**
 * Time and memory of one call: what the manifest says most closely of it, and never more than the platform's. `limits.timeoutMs` is
 * about every call, `limits.jobTimeoutMs` about the long kinds, a job's `timeoutSeconds` about that job.
 */
export function limitsOf(
  platform: PlatformLimits,
  { limits, jobs }: Pick<Manifest, 'limits' | 'jobs'>,
  { kind, name }: LimitedCall,
): PluginLimits {
  const isLong = LONG_KINDS.has(kind)
  const mostMs = isLong ? platform.jobTimeoutMs : platform.timeoutMs
  const jobSeconds = kind === 'JOB' ? (jobs.find((job) => job.name === name)?.timeoutSeconds ?? null) : null
  const ownMs =
    jobSeconds === null ? ((isLong ? limits.jobTimeoutMs : null) ?? limits.timeoutMs) : seconds(jobSeconds)
  return {
    timeoutMs: Math.min(mostMs, ownMs ?? mostMs),
    memoryMb: Math.min(platform.memoryMb, limits.memoryMb ?? platform.memoryMb),
  }
}
