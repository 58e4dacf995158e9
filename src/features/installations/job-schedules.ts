import { Cron } from 'croner'
import type { Manifest } from '../../archive/manifest.ts'
import { seconds } from '../../lib/units.ts'
import type { Tx } from '../../platform/database.ts'

/** The next time of a five-field cron after `after`, UTC; null where it never comes. */
export function nextRunOf(schedule: string, after: Date): Date | null {
  return new Cron(schedule, { paused: true, timezone: 'UTC', mode: '5-part' }).nextRun(after)
}

/** That it was activated says enough of its health at first. */
const FIRST_ASKED_MS = seconds(30)

/** Sets up what an installation that becomes active does by itself: its jobs, and telling how it is. */
export async function scheduleJobs(
  tx: Tx,
  installationId: string,
  manifest: Manifest,
  now: Date,
): Promise<void> {
  await tx.jobSchedule.createMany({
    data: manifest.jobs.map(({ name, schedule }) => ({
      installationId,
      name,
      schedule,
      nextRunAt: schedule === null ? null : nextRunOf(schedule, now),
    })),
    skipDuplicates: true,
  })
  if (manifest.entry === null) return
  // Of a package that was found to have no such handler, nobody is asked.
  await tx.installation.updateMany({
    where: { id: installationId, package: { OR: [{ hasHealth: null }, { hasHealth: true }] } },
    data: { healthDueAt: new Date(now.getTime() + FIRST_ASKED_MS), dearHealths: 0 },
  })
}

/**
 * Hands the jobs of an installation over to what replaces it, with the times that its manifest gives them; one that is due
 * and was not begun yet stays due.
 */
export async function moveJobs(
  tx: Tx,
  fromId: string,
  toId: string,
  manifest: Manifest,
  now: Date,
): Promise<void> {
  const due = await tx.jobSchedule.findMany({
    where: { installationId: fromId, nextRunAt: { lte: now } },
    select: { name: true, nextRunAt: true },
  })
  await unscheduleJobs(tx, fromId)
  await scheduleJobs(tx, toId, manifest, now)
  for (const { name, nextRunAt } of due) {
    await tx.jobSchedule.updateMany({
      where: { installationId: toId, name, schedule: { not: null } },
      data: { nextRunAt },
    })
  }
}

/** Takes them away when it is active no more. */
export async function unscheduleJobs(tx: Tx, installationId: string): Promise<void> {
  await tx.jobSchedule.deleteMany({ where: { installationId } })
  await tx.installation.updateMany({
    where: { id: installationId, healthDueAt: { not: null } },
    data: { healthDueAt: null, toldHealth: null },
  })
}
