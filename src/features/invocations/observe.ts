import type { App } from '../../app.ts'
import type { PluginResult } from '../../runtime/plugin-call.ts'
import type { Target } from './target.ts'

/** What was seen of one installation since the last measurement was taken. */
export interface Observation {
  target: Target
  /** Milliseconds since 1970. */
  since: number
  invocations: number
  errors: number
  /** Whether its code was refused at load, and nothing of it has run since. */
  refused: boolean
  warnings: number
  wallMs: number
  cpuMs: number
  heapBytes: number
}

const observations = new WeakMap<App, Map<string, Observation>>()

/** Counts a finished run for the next measurement of its installation. */
export function observe(app: App, target: Target, result: PluginResult, isRefused: boolean): void {
  const seen = observationOf(app, target)
  seen.invocations++
  // A plugin that aborts a workflow does its work; everything else but OK is a failure.
  if (result.outcome !== 'OK' && result.outcome !== 'ABORTED') seen.errors++
  seen.refused = isRefused
  seen.warnings += result.logs.filter((line) => line.level === 'warn').length
  seen.wallMs += result.durationMs
  seen.cpuMs += result.cpuMs
  seen.heapBytes = Math.max(seen.heapBytes, result.heapUsedBytes)
}

/** What was seen since the last call, one for each installation that was active; it begins anew. */
export function takeObservations(app: App): Observation[] {
  const seen = observations.get(app)
  observations.delete(app)
  return [...(seen?.values() ?? [])]
}

function observationOf(app: App, target: Target): Observation {
  const all = observations.get(app) ?? new Map<string, Observation>()
  observations.set(app, all)
  const known = all.get(target.id)
  if (known !== undefined) return known
  const since = app.clock.now().getTime()
  const measured = { warnings: 0, wallMs: 0, cpuMs: 0, heapBytes: 0 }
  const fresh = { target, since, ...measured, invocations: 0, errors: 0, refused: false }
  all.set(target.id, fresh)
  return fresh
}
