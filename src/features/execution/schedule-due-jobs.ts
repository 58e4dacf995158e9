import { change, type App } from '../../app.ts'
import { SERVICE } from '../../auth/actor.ts'
import { running } from '../installations/policy.ts'
import { nextRunOf } from '../installations/job-schedules.ts'
import { queueJob } from './run-job.ts'

/** Schedules that are taken at once; the next tick takes more. */
const BATCH = 100

interface Due {
  installation_id: string
  name: string
  schedule: string
  next_run_at: Date
}

/**
 * Queues the jobs whose time has come, and sets their next time, in one transaction: two workers never take the same
 * one. However many runs were missed, it is run once. Returns how many were queued.
 */
export async function scheduleDueJobs(app: App): Promise<number> {
  const now = app.clock.now()
  return await change(app, async (tx) => {
    const due = await tx.$queryRaw<Due[]>`
      select installation_id, name, schedule, next_run_at from job_schedule
      where next_run_at <= ${now} and schedule is not null
      order by next_run_at limit ${BATCH} for update skip locked`
    for (const row of due) {
      const target = await tx.installation.findFirst({
        where: { id: row.installation_id, AND: [running(app.clock.now())] },
        select: { id: true, organizationId: true, siteId: true, pluginId: true },
      })
      const job = { job: row.name, payload: null, scheduledFor: row.next_run_at }
      if (target !== null) await queueJob(tx, app, target, job, SERVICE)
      await tx.jobSchedule.update({
        where: { installationId_name: { installationId: row.installation_id, name: row.name } },
        data: { nextRunAt: nextRunOf(row.schedule, now) },
        select: { name: true },
      })
    }
    return due.length
  })
}
