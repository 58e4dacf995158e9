import type { App } from '../../app.ts'

/**
 * What is in force in the place of an installation by now: itself, or what replaced it since. What waited for the former
 * version is done by the new one.
 */
export async function inForceInstead(app: App, installationId: string): Promise<string> {
  const [last] = await app.database.prisma.$queryRaw<{ id: string }[]>`
    with recursive chain as (
      select id, superseded_by_id from installation where id = ${installationId}::uuid
      union all
      select i.id, i.superseded_by_id from chain join installation i on i.id = chain.superseded_by_id)
    select id::text as id from chain where superseded_by_id is null`
  return last?.id ?? installationId
}
