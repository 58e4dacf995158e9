import type { Runner } from './runner.ts'
import type { PluginCall } from './plugin-call.ts'

/** The process in which calls of the same installation run, where it takes another one. */
export function findRunning(
  runners: Iterable<Runner>,
  { organization, installation }: PluginCall,
): Runner | undefined {
  for (const runner of runners) {
    const isTheirs = runner.installation === installation && runner.organization === organization
    if (isTheirs && runner.takesMore) return runner
  }
  return undefined
}
