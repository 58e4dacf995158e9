import type { PluginCall } from './plugin-call.ts'

/** Whether a call found its place, must wait for its own installation's others, or for a process. */
export type Placement = 'placed' | 'limited' | 'crowded' | 'no process'

/** Who found no process when all that waits was last offered one. */
export class Demand {
  /** Organizations that found none. */
  readonly starved = new Set<string>()
  /** Those that have as many processes as they may, while an installation of theirs waits for one. */
  readonly crowded = new Set<string>()
  /** Somebody who did nothing wrong is among the starved. */
  isUrgent = false

  note(placement: Placement, { organization }: PluginCall, isSuspect: boolean): void {
    if (placement === 'crowded') this.crowded.add(organization)
    if (placement !== 'no process') return
    this.starved.add(organization)
    this.isUrgent ||= !isSuspect
  }
}
