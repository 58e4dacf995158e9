import type { App } from '../../app.ts'
import { messageOf } from '../../lib/errors.ts'
import { seconds } from '../../lib/units.ts'
import { inTransaction, type Tx } from '../../platform/database.ts'
import { CapabilityError } from '../../runtime/capability-error.ts'

/** As `ctx.db`: a plugin's question is answered in a moment. */
const STATEMENT_MS = seconds(2)

/** Asks what a plugin's filter makes. @throws {CapabilityError} QUERY_TIMEOUT */
export async function inQuery<T>(app: App, ask: (tx: Tx) => Promise<T>): Promise<T> {
  try {
    return await inTransaction(app.database.prisma, async (tx) => {
      await tx.$queryRaw`select set_config('statement_timeout', ${String(STATEMENT_MS)}, true)`
      return await ask(tx)
    })
  } catch (error) {
    if (!/\b57014\b/.test(messageOf(error))) throw error
    throw new CapabilityError('QUERY_TIMEOUT', 'The documents were not found within 2 seconds: ask for less.')
  }
}
