import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/log.ts'
import type { Budgets } from './budgets.ts'
import type { Launch } from './launch.ts'
import type { Starter } from './starter.ts'
import type { Throttle } from './throttle.ts'

/** What all processes of a pool have in common. */
export interface RunnerSettings {
  launch: Launch
  starter: Starter
  throttle: Throttle
  clock: Clock
  log: Log
  pluginMemoryMb: number
  budgets: Budgets
  warmMemoryMb: number
  callsPerProcess: number
  cpuSecondsPerProcess: number
}
