import { change, type App } from '../../app.ts'
import { record } from '../../events/record.ts'
import type { Tx } from '../../platform/database.ts'
import { openWords, type Circuited } from './circuit.ts'
import { rememberFailing } from './failing.ts'

/** Counts a call that failed; the one that is too many opens the circuit, and a trial that failed keeps it open. */
export async function noteFailure(app: App, installation: Circuited, isTrial: boolean): Promise<void> {
  const now = app.clock.now()
  const until = new Date(now.getTime() + app.config.plugins.circuit.openMs)
  rememberFailing(app, installation.id)
  await change(app, async (tx) => {
    if (isTrial) {
      const prolonged = await prolong(tx, installation.id, until)
      if (prolonged !== undefined) await tellUnhealthy(tx, installation.id, prolonged, until)
      return
    }
    const failures = await count(app, tx, installation.id, now, until)
    if (failures === undefined) return
    await tellUnhealthy(tx, installation.id, failures, until)
    const { id, organizationId, siteId, pluginId, slug, version } = installation
    await record(
      tx,
      'health.circuit_opened',
      { slug, version, failures, until: until.toISOString() },
      { organizationId, siteId, subjectId: id, pluginId, actorId: null, at: now },
    )
  })
}

/** How many there were in a row, where this one opens the circuit. Failures of calls that had begun before are counted on. */
async function count(app: App, tx: Tx, id: string, now: Date, until: Date): Promise<number | undefined> {
  // From the first to the last: older failures begin a new count.
  const { failures: most, withinMs } = app.config.plugins.circuit
  const since = new Date(now.getTime() - withinMs)
  const rows = await tx.$queryRaw<{ failures: number; isOpen: boolean }[]>`
    insert into circuit as c (installation_id, failures, failing_since) values (${id}::uuid, 1, ${now})
    on conflict (installation_id) do update set
      failures = case when c.open_until is null and c.failing_since < ${since} then 1 else c.failures + 1 end,
      failing_since = case when c.open_until is null and c.failing_since < ${since} then ${now} else c.failing_since end,
      open_until = case when c.open_until is null and c.failing_since >= ${since} and c.failures + 1 >= ${most}
        then ${until} else c.open_until end
    returning failures, open_until is not null as "isOpen"`
  const { failures, isOpen } = rows[0]!
  return isOpen && failures === most ? failures : undefined
}

async function prolong(tx: Tx, id: string, until: Date): Promise<number | undefined> {
  const [row] = await tx.circuit.updateManyAndReturn({
    where: { installationId: id, openUntil: { not: null } },
    data: { failures: { increment: 1 }, openUntil: until, trialUntil: null },
    select: { failures: true },
  })
  return row?.failures
}

async function tellUnhealthy(tx: Tx, id: string, failures: number, until: Date): Promise<void> {
  await tx.installation.updateMany({
    where: { id },
    data: { healthStatus: 'UNHEALTHY', healthMessage: openWords(failures, until) },
  })
}
