import { DatabaseError } from 'pg'
import type { App } from '../../app.ts'
import { messageOf } from '../../lib/errors.ts'
import { MiB, seconds } from '../../lib/units.ts'
import { writeEnding, type EndedRun } from './write-ending.ts'

/** Pause between two tries. */
const RETRY_MS = seconds(1)
/** Ends that are kept: some seconds of all calls that a process makes. What is beyond is found by `endLost`. */
const MOST_HELD = 10_000
/** Of what they logged and asked for; an end beyond is kept without. */
const MOST_HELD_BYTES = 16 * MiB

interface HeldEndings {
  /** By the ids of the invocations, in the order of their ends. */
  runs: Map<string, EndedRun>
  bytes: number
  timer: NodeJS.Timeout | undefined
  writing: Promise<void>
}

const all = new WeakMap<App, HeldEndings>()

/** Keeps the end of a run that could not be written, and tries again until it is. */
export function holdEnding(app: App, { id, target, ending, finishedAt }: EndedRun, reason: unknown): void {
  const held = heldOf(app)
  if (held.runs.has(id)) return
  if (held.runs.size >= MOST_HELD) {
    app.log.error({ invocationId: id, reason: messageOf(reason) }, 'the end of a run was lost')
    return
  }
  if (held.runs.size === 0)
    app.log.warn({ invocationId: id, reason: messageOf(reason) }, 'ends of runs are written later')
  const { id: installationId, version, organizationId, siteId, pluginId } = target
  const slot = { id: installationId, version, organizationId, siteId, pluginId }
  const run = { id, target: slot, ending, finishedAt }
  const kept = held.bytes + bytesOf(run) > MOST_HELD_BYTES ? withoutLog(run) : run
  held.runs.set(id, kept)
  held.bytes += bytesOf(kept)
  tryLater(app, held)
}

/** The run begins anew: how it ended before is no matter any more. */
export function forgetHeldEnding(app: App, id: string): void {
  drop(heldOf(app), id)
}

/** Writes the ends that are kept, as far as the database takes them. */
export async function writeHeldEndings(app: App): Promise<void> {
  const held = heldOf(app)
  clearTimeout(held.timer)
  held.timer = undefined
  held.writing = held.writing.then(() => writeAll(app, held))
  await held.writing
}

async function writeAll(app: App, held: HeldEndings): Promise<void> {
  const before = held.runs.size
  for (const run of held.runs.values()) {
    try {
      await writeEnding(app, run)
    } catch (error) {
      if (!isRefused(error)) {
        tryLater(app, held)
        return
      }
      await writeBare(app, run, error)
    }
    drop(held, run.id)
  }
  if (before > 0) app.log.info({ runs: before }, 'ends of runs were written later')
}

/** What PostgreSQL refuses for what it is (SQLSTATE classes 22, 23 and 54) is refused again; without its texts it says at least how it ended. */
function isRefused(error: unknown): boolean {
  return error instanceof DatabaseError && /^(22|23|54)/.test(error.code ?? '')
}

async function writeBare(app: App, run: EndedRun, reason: unknown): Promise<void> {
  app.log.error({ invocationId: run.id, reason: messageOf(reason) }, 'the log of a run could not be written')
  const bare = withoutLog(run)
  await writeEnding(app, { ...bare, ending: { ...bare.ending, error: null } }).catch((error: unknown) => {
    app.log.error({ invocationId: run.id, reason: messageOf(error) }, 'the end of a run was lost')
  })
}

function withoutLog(run: EndedRun): EndedRun {
  const message = 'What it logged was lost: the database was away when it ended.'
  const logs = [{ at: run.finishedAt.toISOString(), level: 'warn', message }]
  return { ...run, ending: { ...run.ending, logs, requests: [] } }
}

function bytesOf({ ending: { logs, requests } }: EndedRun): number {
  return JSON.stringify([logs, requests]).length
}

function drop(held: HeldEndings, id: string): void {
  const run = held.runs.get(id)
  if (run === undefined) return
  held.runs.delete(id)
  held.bytes -= bytesOf(run)
}

function tryLater(app: App, held: HeldEndings): void {
  held.timer ??= setTimeout(() => void writeHeldEndings(app), RETRY_MS).unref()
}

function heldOf(app: App): HeldEndings {
  const known = all.get(app)
  if (known !== undefined) return known
  const fresh = { runs: new Map(), bytes: 0, timer: undefined, writing: Promise.resolve() }
  all.set(app, fresh)
  return fresh
}
