import { UserError } from '../../lib/errors.ts'
import { PlanStale } from './site-state.ts'

/** What is at a site may change between its plan and the doing: then a new plan is made, once. */
const MAX_ATTEMPTS = 2
const TOO_RESTLESS = 'What is at this site was changed while the plan was made, twice: look and try again.'

/** Makes a plan and carries it out; anew where the site changed in between, and PLAN_STALE where it did again. */
export async function withFreshPlan<T>(attempt: () => Promise<T>): Promise<T> {
  for (let count = 1; ; count++) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof PlanStale)) throw error
      if (count === MAX_ATTEMPTS) throw new UserError('PLAN_STALE', TOO_RESTLESS)
    }
  }
}
