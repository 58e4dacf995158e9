/** What one call may do, and how many calls of one installation there may be. */
export interface Budgets {
  /** Calls of the host in one invocation. */
  hostCalls: number
  /** Log lines of one invocation; one more says that others were left out. */
  logLines: number
  /** Invocations of one installation at a time: more wait. */
  concurrent: number
  /** Invocations of one installation that may wait: more are refused. */
  waiting: number
}

/** Those of the plugin format. */
export const DEFAULT_BUDGETS: Budgets = { hostCalls: 100, logLines: 200, concurrent: 8, waiting: 100 }
