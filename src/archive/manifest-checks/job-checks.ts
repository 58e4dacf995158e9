import { Cron } from 'croner'
import { compare } from 'semver'
import { messageOf } from '../../lib/errors.ts'
import { printable, quote } from '../quote.ts'
import { isSemVer } from './identity-checks.ts'
import { manifestCheck } from './manifest-check.ts'
import { repeated } from './repeated.ts'

/** Any fixed day will do to ask whether a schedule ever comes due; leap years follow soon enough. */
const SOME_DAY = new Date('2026-01-01T00:00:00Z')

/** What runs by itself: jobs, secrets they wait for, and migrations. */
export const jobChecks = [
  manifestCheck({
    name: 'manifest.jobs.unique',
    category: 'MANIFEST',
    needs: ['jobs'],
    *run({ jobs }) {
      for (const { value, index } of repeated(jobs.map(({ name }) => name))) {
        yield { message: `Two jobs are called ${quote(value)}. Rename one.`, at: ['jobs', index, 'name'] }
      }
    },
  }),
  manifestCheck({
    name: 'manifest.jobs.cron',
    category: 'MANIFEST',
    needs: ['jobs'],
    *run({ jobs }) {
      for (const [index, { schedule }] of jobs.entries()) {
        const fault = schedule === null ? null : cronFault(schedule)
        if (fault !== null) yield { message: fault, at: ['jobs', index, 'schedule'] }
      }
    },
  }),
  manifestCheck({
    name: 'manifest.secrets.unique',
    category: 'MANIFEST',
    needs: ['secrets'],
    *run({ secrets }) {
      for (const { value, index } of repeated(secrets.map(({ key }) => key))) {
        yield {
          message: `The secret ${quote(value)} is declared twice. Remove one.`,
          at: ['secrets', index, 'key'],
        }
      }
    },
  }),
  manifestCheck({
    name: 'manifest.migrations.order',
    category: 'MANIFEST',
    needs: ['migrations', 'version'],
    *run({ migrations, version }) {
      let previous: string | null = null
      for (const [index, migration] of migrations.entries()) {
        const at = ['migrations', index, 'version']
        const name = quote(migration.version)
        if (!isSemVer(migration.version)) {
          yield { message: `${name} is no SemVer version. Write it like "1.1.0".`, at }
          continue
        }
        if (previous !== null && compare(migration.version, previous) <= 0) {
          yield {
            message: `The migration to ${name} stands after that to ${quote(previous)}. Sort them, each once.`,
            at,
          }
        }
        if (isSemVer(version) && compare(migration.version, version) > 0) {
          const message = `The migration to ${name} is for a later version than this package's, ${quote(version)}. Correct one.`
          yield { message, at }
        }
        previous = migration.version
      }
    },
  }),
]

/** What is wrong with a schedule of five fields, in UTC; null where it is sound. */
function cronFault(schedule: string): string | null {
  if (schedule.trim().split(/\s+/).length !== 5) {
    return `The schedule ${quote(schedule)} must have five fields: minute, hour, day, month, weekday. Write it like "0 2 * * *".`
  }
  try {
    const cron = new Cron(schedule, { mode: '5-part', timezone: 'UTC', paused: true })
    if (cron.nextRun(SOME_DAY) !== null) return null
    return `The schedule ${quote(schedule)} never comes due. Correct day and month.`
  } catch (error) {
    return `The schedule ${quote(schedule)} is wrong: ${printable(messageOf(error))}. Write it like "0 2 * * *".`
  }
}
