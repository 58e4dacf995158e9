import type { Runner } from './runner.ts'
import type { SandboxStatus } from './sandbox-status.ts'

export type PoolStatus = Pick<SandboxStatus, 'processes' | 'liveIsolates' | 'serving' | 'waitingCalls'>

/** What a pool is made of at this moment. */
export function poolStatus(runners: readonly Runner[], waitingCalls: number): PoolStatus {
  return {
    processes: {
      total: runners.length,
      busy: runners.filter(({ isBusy }) => isBusy).length,
      spare: runners.filter(({ isBlank }) => isBlank).length,
    },
    liveIsolates: runners.reduce((sum, { isolates }) => sum + isolates.size, 0),
    serving: runners.flatMap(({ organization, isolates }) =>
      organization === undefined ? [] : [{ organization, installations: isolates.installations }],
    ),
    waitingCalls,
  }
}

/** Those that run nothing just now, the one that is so for the longest time first. */
export function idleLongest(runners: Iterable<Runner>): Runner[] {
  return [...runners].filter(({ isIdle }) => isIdle).sort((a, b) => a.lastUsedAt - b.lastUsedAt)
}

/** Those that belong to an organization, or (null) to any. */
export function serving(runners: readonly Runner[], of: string | null): Runner[] {
  return runners.filter(
    ({ organization }) => organization !== undefined && organization === (of ?? organization),
  )
}

/** How many have no organization yet. */
export function coming(runners: ReadonlySet<Runner>): number {
  return [...runners].filter(({ isComing }) => isComing).length
}
