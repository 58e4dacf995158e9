import type { App } from '../../app.ts'
import type { JsonObject } from '../../lib/json.ts'

/** What an installation goes back to. */
export interface Former {
  packageId: string
  version: string
  /** Its own, as it was when it was replaced. */
  configuration: JsonObject
}

interface Row extends Former {
  rollback: boolean
}

/**
 * What was in force before an installation at its site, by what each one superseded. A rollback counts as what it brought back: going
 * back from it leads to what was before that, and not forth again to what it had undone. Null where nothing was before.
 */
export async function formerInstallation(app: App, installationId: string): Promise<Former | null> {
  const chain = await app.database.prisma.$queryRaw<Row[]>`
    with recursive chain as (
      select id, supersedes_id, package_id, configuration, rollback, 0 as age from installation where id = ${installationId}::uuid
      union all
      select i.id, i.supersedes_id, i.package_id, i.configuration, i.rollback, chain.age + 1
      from chain join installation i on i.id = chain.supersedes_id)
    select chain.package_id::text as "packageId", package.version, chain.configuration, chain.rollback
    from chain join package on package.id = chain.package_id order by chain.age`
  // From the oldest on: where each of them goes back to.
  const before: (number | null)[] = []
  for (let at = chain.length - 1; at >= 0; at--) {
    const replaced = at + 1 < chain.length ? at + 1 : null
    if (!chain[at]!.rollback || replaced === null) before[at] = replaced
    else {
      const undone = before[replaced] ?? null
      before[at] = undone === null ? null : (before[undone] ?? null)
    }
  }
  const at = before[0] ?? null
  return at === null ? null : chain[at]!
}
