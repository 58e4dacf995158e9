import type { App } from '../../app.ts'
import type { InvocationOutcome } from '../../generated/prisma/enums.ts'
import { minutes } from '../../lib/units.ts'
import { bucketOf } from './duration-buckets.ts'
import type { Target } from './target.ts'

/** What one version of an installation did in one minute, as far as this process saw it and has not written it. */
export interface Tally {
  installationId: string
  version: string
  organizationId: string
  siteId: string
  /** Milliseconds since 1970 at which the minute begins. */
  minute: number
  invocations: number
  errors: number
  timeouts: number
  denied: number
  crashed: number
  outOfMemory: number
  durationMs: number
  cpuMs: number
  heapUsed: number
  hostCalls: number
  bytesOut: number
  logLines: number
  /** Counts by `bucketOf` the duration; what never began has none. */
  buckets: number[]
}

/** What is counted of a run that ended; what it does not tell is 0. */
export interface Counted {
  outcome: InvocationOutcome
  durationMs?: number
  cpuMs?: number
  heapUsed?: number
  hostCalls?: number
  bytesOut?: number
  logs?: readonly unknown[]
}

/** An installation, or an organization's own webhook that transforms events. */
type Tallied = Pick<Target, 'id' | 'version' | 'organizationId' | 'siteId'>

const tallies = new WeakMap<App, Map<string, Tally>>()

/** Counts a run that ended, in the minute of its end. */
export function tally(app: App, target: Tallied, ended: Counted, finishedAt: Date): void {
  const it = tallyOf(app, target, finishedAt)
  it.invocations++
  // A plugin that aborts a workflow does its work.
  if (ended.outcome !== 'OK' && ended.outcome !== 'ABORTED') it.errors++
  const kind = COUNTERS[ended.outcome]
  if (kind !== undefined) it[kind]++
  it.durationMs += ended.durationMs ?? 0
  it.cpuMs += ended.cpuMs ?? 0
  it.heapUsed = Math.max(it.heapUsed, ended.heapUsed ?? 0)
  it.hostCalls += ended.hostCalls ?? 0
  it.bytesOut += ended.bytesOut ?? 0
  it.logLines += ended.logs?.length ?? 0
  if (ended.durationMs !== undefined) addToBucket(it.buckets, bucketOf(ended.durationMs))
}

/** What was counted since the last call; it begins anew. */
export function takeTallies(app: App): Tally[] {
  const taken = tallies.get(app)
  tallies.delete(app)
  return [...(taken?.values() ?? [])]
}

/** Gives back what could not be written: it is written with the next. */
export function giveBackTallies(app: App, taken: readonly Tally[]): void {
  const all = talliesOf(app)
  for (const it of taken) {
    const key = keyOf(it.installationId, it.version, it.minute)
    const counted = all.get(key)
    all.set(key, counted === undefined ? it : sumOf(counted, it))
  }
}

const COUNTERS: Readonly<
  Partial<Record<InvocationOutcome, 'timeouts' | 'denied' | 'crashed' | 'outOfMemory'>>
> = { TIMEOUT: 'timeouts', DENIED: 'denied', CRASHED: 'crashed', OUT_OF_MEMORY: 'outOfMemory' }

function tallyOf(app: App, { id, version, organizationId, siteId }: Tallied, at: Date): Tally {
  const all = talliesOf(app)
  const minute = Math.floor(at.getTime() / minutes(1)) * minutes(1)
  const key = keyOf(id, version, minute)
  const known = all.get(key)
  if (known !== undefined) return known
  const outcomes = { invocations: 0, errors: 0, timeouts: 0, denied: 0, crashed: 0, outOfMemory: 0 }
  const used = { durationMs: 0, cpuMs: 0, heapUsed: 0, hostCalls: 0, bytesOut: 0, logLines: 0, buckets: [] }
  const fresh = { installationId: id, version, organizationId, siteId, minute, ...outcomes, ...used }
  all.set(key, fresh)
  return fresh
}

function talliesOf(app: App): Map<string, Tally> {
  const all = tallies.get(app) ?? new Map<string, Tally>()
  tallies.set(app, all)
  return all
}

function keyOf(installationId: string, version: string, minute: number): string {
  return `${installationId} ${minute} ${version}`
}

function addToBucket(buckets: number[], index: number): void {
  while (buckets.length <= index) buckets.push(0)
  buckets[index]! += 1
}

function sumOf(a: Tally, b: Tally): Tally {
  const length = Math.max(a.buckets.length, b.buckets.length)
  return {
    ...a,
    invocations: a.invocations + b.invocations,
    errors: a.errors + b.errors,
    timeouts: a.timeouts + b.timeouts,
    denied: a.denied + b.denied,
    crashed: a.crashed + b.crashed,
    outOfMemory: a.outOfMemory + b.outOfMemory,
    durationMs: a.durationMs + b.durationMs,
    cpuMs: a.cpuMs + b.cpuMs,
    heapUsed: Math.max(a.heapUsed, b.heapUsed),
    hostCalls: a.hostCalls + b.hostCalls,
    bytesOut: a.bytesOut + b.bytesOut,
    logLines: a.logLines + b.logLines,
    buckets: Array.from({ length }, (_, n) => (a.buckets[n] ?? 0) + (b.buckets[n] ?? 0)),
  }
}
