import { afterAll, beforeAll, expect, test } from 'vitest'
import { accepted } from '../../scripts/lib/accepted.ts'
import { recoverInstallations } from '../../src/features/installations/recover-installations.ts'
import { newId } from '../../src/lib/ids.ts'
import { eventually } from '../support/http.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { install, openStage, publishPlugin, rowId, type TestStage } from '../support/stage.ts'

let server: TestServer
let stage: TestStage
beforeAll(async () => {
  server = await startTestServer({ worker: false })
  stage = await openStage(server)
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

test('what a dead process held is given back by one that starts: its jobs, its runs, its installations', async () => {
  const { pool } = server.app.database
  const packageId = await publishPlugin(stage, { id: 'left-behind' })
  const installed = rowId(accepted(await install(stage, packageId)).installation!.id)
  const [dead, alive] = [newId(), newId()]
  const worker = 'worker-of-the-dead'
  const invocation = async (processId: string): Promise<string> => {
    const id = newId()
    await pool.query(
      `insert into invocation (id, organization_id, site_id, installation_id, kind, name, status, process_id, started_at)
       select $1, organization_id, site_id, id, 'JOB', 'tidy', 'RUNNING', $3, now() from installation where id = $2`,
      [id, installed, processId],
    )
    return id
  }
  const [broken, running] = [await invocation(dead), await invocation(alive)]
  await pool.query(`update installation set status = 'INSTALLING', process_id = $2 where id = $1`, [
    installed,
    dead,
  ])
  await pool.query(`select graphile_worker.add_job('runQueuedJob', '{}'::json, job_key := 'held')`)
  await pool.query(
    `update graphile_worker._private_jobs set locked_by = $1, locked_at = now() where key = 'held'`,
    [worker],
  )
  // Last: whoever beats meanwhile would give back what is not there yet.
  await pool.query(
    `insert into service_process (id, role, queue_workers, started_at, beat_at) values
       ($1, 'worker', array[$3], now() - interval '1 hour', now() - interval '1 minute'),
       ($2, 'worker', '{}', now(), now() + interval '1 hour')`,
    [dead, alive, worker],
  )

  const started = await startTestServer({ databaseUrl: server.app.database.url, worker: false })
  try {
    await eventually('the lock of the queue is given back', async () => {
      const { rows } = await pool.query(
        `select 1 from graphile_worker._private_jobs where key = 'held' and locked_by is null`,
      )
      return rows.length === 1
    })
    const runs = await pool.query<{ id: string; status: string; outcome: string | null }>(
      'select id, status, outcome from invocation where id = any($1)',
      [[broken, running]],
    )
    expect(Object.fromEntries(runs.rows.map((row) => [row.id, [row.status, row.outcome]]))).toEqual({
      [broken]: ['FINISHED', 'CRASHED'],
      [running]: ['RUNNING', null],
    })
    // A worker does it as it starts, and every few seconds.
    await recoverInstallations(started.app)
    const left = await pool.query('select status, failure from installation where id = $1', [installed])
    expect(left.rows[0]).toEqual({ status: 'UNINSTALLED', failure: 'The process that installed it ended.' })
    const processes = await pool.query('select id from service_process where id = any($1)', [[dead, alive]])
    expect(processes.rows).toEqual([{ id: alive }])
  } finally {
    await started.close()
  }
})
