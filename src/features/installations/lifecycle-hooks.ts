import type { App } from '../../app.ts'
import { UserError } from '../../lib/errors.ts'
import type { JsonValue } from '../../lib/json.ts'
import type { PluginResult } from '../../runtime/plugin-call.ts'
import { wasStopped } from '../../runtime/stopped-code.ts'
import { invoke } from '../invocations/invoke.ts'
import type { Target } from '../invocations/target.ts'

/** What a plugin may do at the turns of its life, and what each turn is called. */
const TURNS = {
  onInstall: 'installed',
  onActivate: 'activated',
  onDeactivate: 'deactivated',
  onUpgrade: 'upgraded',
  onUninstall: 'uninstalled',
} as const

export type LifecycleHook = keyof typeof TURNS

/**
 * Runs a lifecycle hook in the sandbox; whoever calls it holds the installation's claim. What the hook throws is
 * kept in the installation's `failure` and told as SANDBOX_ERROR, SANDBOX_TIMEOUT or SANDBOX_OUT_OF_MEMORY.
 */
export async function runHook(
  app: App,
  target: Target,
  hook: LifecycleHook,
  args: JsonValue[] = [],
): Promise<void> {
  if (target.manifest.entry === null) return
  const call = async () => (await invoke(app, target, { kind: 'LIFECYCLE', name: hook, args })).result
  let result = await call()
  // With a call that hung and was ended, its process went. What was itself meant to be stopped is refused now.
  if (wasStopped(result)) result = await call()
  if (result.outcome === 'OK') return
  const reason = result.error?.message ?? result.outcome
  const failure = `${target.slug} ${target.version} cannot be ${TURNS[hook]}: ${reason}${placeOf(result)}`
  // What is INSTALLING gets its reason with the state that it goes to.
  await app.database.prisma.installation.updateMany({
    where: { id: target.id, status: { not: 'INSTALLING' } },
    data: { failure },
  })
  throw new UserError(sandboxCode(result), failure)
}

/** ` (main.js:16)`, where the first line of the trace says it; what is told on purpose needs no place. */
function placeOf({ error }: PluginResult): string {
  if (error?.stack === undefined || error.isPluginError) return ''
  const [, place] = /^\s+at (?:.*\()?([^\s()]+:\d+):\d+\)?$/m.exec(error.stack) ?? []
  return place === undefined ? '' : ` (${place})`
}

/** What the caller is told of plugin code that did not come to a good end. */
export function sandboxCode({
  outcome,
}: PluginResult): 'SANDBOX_TIMEOUT' | 'SANDBOX_OUT_OF_MEMORY' | 'SANDBOX_ERROR' {
  if (outcome === 'TIMEOUT') return 'SANDBOX_TIMEOUT'
  return outcome === 'OUT_OF_MEMORY' ? 'SANDBOX_OUT_OF_MEMORY' : 'SANDBOX_ERROR'
}
