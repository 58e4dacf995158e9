/**
 * SQL: counts the runs that the rows `crashed` of a statement ended, in their minutes: who counts otherwise is dead, or does not know
 * of them. In the order in which the living write theirs, so that none waits for another in a circle.
 */
export const COUNT_CRASHED = `
       insert into invocation_minute as m (installation_id, minute, version, organization_id, site_id, invocations, errors,
         timeouts, denied, crashed, duration_ms, cpu_ms, heap_used, host_calls, bytes_out, log_lines, out_of_memory, buckets)
       select c.installation_id, date_trunc('minute', c.finished_at), p.version, c.organization_id, c.site_id, count(*), count(*),
         0, 0, count(*), 0, 0, 0, 0, 0, 0, 0, '{}'
       from crashed c join installation i on i.id = c.installation_id join package p on p.id = i.package_id
       group by 1, 2, 3, 4, 5 order by 1, 2, 3
       on conflict (installation_id, minute, version) do update set invocations = m.invocations + excluded.invocations,
         errors = m.errors + excluded.errors, crashed = m.crashed + excluded.crashed`
