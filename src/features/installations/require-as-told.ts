import type { App } from '../../app.ts'
import { RequestError } from '../../lib/errors.ts'
import type { Tx } from '../../platform/database.ts'
import { wouldRun } from './enablement.ts'
import { holdSwitches } from './hold-switches.ts'

/** An installation that is to be ACTIVE with the transaction. */
export interface Beginning {
  id: string
  organizationId: string
  pluginId: string
  /** Its `onActivate` was called: it was to run then. */
  told: boolean
}

/**
 * Refuses with CONFLICT to let installations be ACTIVE whose code was told that it runs and which do not any more, or the other way
 * round: a switch was turned since they were asked. Both switches of each are held until the transaction ends, so that whoever turns one
 * later finds them ACTIVE and tells their code himself. Called after the site and the packages are locked; the plugins' rows are locked as the
 * triggers that count installations will, since two sharers would wait for each other.
 */
export async function requireAsTold(tx: Tx, app: App, all: readonly Beginning[]): Promise<void> {
  const [first] = all
  if (first === undefined) return
  const pluginIds = all.map(({ pluginId }) => pluginId)
  await tx.$queryRaw`
    select 1 as held from plugin where id = any(${pluginIds}::uuid[]) order by id for no key update`
  await holdSwitches(tx, first.organizationId, pluginIds)
  for (const { id, told } of all) {
    if ((await wouldRun(tx, id, app.clock.now())) === told) continue
    throw new RequestError('CONFLICT', 'The plugin was just switched on or off: read it again.')
  }
}
