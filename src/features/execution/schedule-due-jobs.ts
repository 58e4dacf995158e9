import { change, type App } from '../../app.ts'
import { SERVICE } from '../../auth/actor.ts'
import { running } from '../installations/policy.ts'
import { firstIdAt } from '../../lib/ids.ts'
import { days } from '../../lib/units.ts'
import { nextRunOf } from '../installations/job-schedules.ts'
import { queueJob } from './queue-job.ts'

/** Schedules that are taken at once; the next tick takes more. */
const BATCH = 100

interface Due {
  installation_id: string
  name: string
  schedule: string
  next_run_at: Date
}

/** A run that has not ended after so long was lost with its queue (a restored dump, say), and holds nobody up. */
const LOST_AFTER_MS = days(1)

/**
 * Queues the jobs whose time has come, and sets their next time, in one transaction: two workers never take the same
 * one. A job of which another run waits or goes on stays due until that has ended. However many runs were missed, it is
 * run once. Returns how many were queued.
 */
export async function scheduleDueJobs(app: App): Promise<number> {
  const now = app.clock.now()
  return await change(app, async (tx) => {
    const due = await tx.$queryRaw<Due[]>`
      select s.installation_id, s.name, s.schedule, s.next_run_at
      from job_schedule s join installation i on i.id = s.installation_id
      where s.next_run_at <= ${now} and s.schedule is not null and not exists (
        select from invocation v join installation o on o.id = v.installation_id
        where v.kind = 'JOB' and v.status <> 'FINISHED' and v.site_id = i.site_id and v.name = s.name
          and o.plugin_id = i.plugin_id and v.id >= ${firstIdAt(new Date(now.getTime() - LOST_AFTER_MS))}::uuid)
      order by s.next_run_at limit ${BATCH} for update of s skip locked`
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
