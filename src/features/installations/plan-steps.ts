import type { Target } from '../invocations/target.ts'
import type { PreparedUpgrade } from './prepare-upgrade.ts'
import type { PlanStep } from './resolver/plan.ts'

/** A step with the installation that it is about: the new one, or the one that is there. */
export interface BegunStep {
  step: PlanStep
  installationId: string
  licenseId: string | null
}

/** What was done for a step before the plan is in force. */
export interface PreparedStep extends BegunStep {
  target: Target
  /** At which version an earlier installation had left its data, before they were migrated for this one. */
  dataVersion: string | null
  /** `onInstall` was called and was well. */
  installed: boolean
  /** `onActivate` was. */
  activated: boolean
  upgrade: PreparedUpgrade | null
}
