import { change, type App } from '../../app.ts'
import type { Tx } from '../../platform/database.ts'
import type { Mover } from './tell-move.ts'
import { failUnfinished, undoInstallation, type Unfinished } from './undo-installation.ts'

/** One transaction's worth. */
const BATCH = 50
const REASON = 'The process that installed it ended.'
const NOBODY: Mover = { actorId: null, requestId: null }

interface Row extends Unfinished {
  /** An upgrade: what it was to replace is in force. */
  isUpgrade: boolean
  /** It was FAILED before, and was tried again. */
  wasRetried: boolean
}

/**
 * Undoes what processes that are no more have left INSTALLING: new installations are UNINSTALLED, and what was an upgrade
 * or was tried again is FAILED. Asks no plugin code. Any process may do it, at any time, several at once.
 */
export async function recoverInstallations(app: App): Promise<void> {
  let found: number
  do {
    found = await change(app, (tx) => recoverBatch(tx, app))
  } while (found === BATCH)
}

async function recoverBatch(tx: Tx, app: App): Promise<number> {
  const rows = await tx.$queryRaw<Row[]>`
    select i.id, i.organization_id as "organizationId", i.site_id as "siteId", i.plugin_id as "pluginId",
      i.license_id as "licenseId", plugin.slug, package.version,
      not i.in_force as "isUpgrade", i.failure is not null as "wasRetried"
    from installation i join package on package.id = i.package_id join plugin on plugin.id = i.plugin_id
    where i.status = 'INSTALLING' and i.process_id is not null
      and not exists (select from service_process where service_process.id = i.process_id)
    order by i.id limit ${BATCH} for update of i skip locked`
  for (const row of rows) {
    if (!row.isUpgrade && !row.wasRetried) {
      await undoInstallation(tx, app, row, REASON, NOBODY)
      continue
    }
    await failUnfinished(tx, app, row, REASON, NOBODY)
    await tx.installation.updateMany({ where: { id: row.id }, data: { operation: null } })
  }
  return rows.length
}
