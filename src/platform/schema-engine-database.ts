import { PrismaPg } from '@prisma/adapter-pg'
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import type { ClientBase, Pool } from 'pg'

/**
 * A database for the schema engine in which `runScript` runs each migration's SQL whole, on a connection of the pool.
 *
 * Prisma's adapter cuts a script at every semicolon, also at those inside functions, strings and comments, and runs the
 * pieces in transactions of their own.
 */
export function migratedDatabase(
  pool: Pool,
  runScript: (connection: ClientBase, script: string) => Promise<void>,
): SqlMigrationAwareDriverAdapterFactory {
  const factory = new PrismaPg(pool)
  const connect = factory.connect.bind(factory)
  factory.connect = async () => {
    const adapter = await connect()
    adapter.executeScript = async (script) => {
      const connection = await pool.connect()
      try {
        await runScript(connection, script)
      } finally {
        connection.release()
      }
    }
    return adapter
  }
  return factory
}

/**
 * No database, for comparing datamodels: the engine greets one all the same (it asks for the version and for the schema
 * `public`), and is content with no answer.
 */
export function noDatabase(): SqlMigrationAwareDriverAdapterFactory {
  const { provider, adapterName } = new PrismaPg('')
  const adapter: SqlDriverAdapter = {
    provider,
    adapterName,
    queryRaw: async () => ({ columnNames: [], columnTypes: [], rows: [] }),
    executeRaw: async () => 0,
    executeScript: refuse,
    startTransaction: refuse,
    getConnectionInfo: () => ({ supportsRelationJoins: true }),
    dispose: async () => undefined,
  }
  return { provider, adapterName, connect: async () => adapter, connectToShadowDb: async () => adapter }
}

async function refuse(): Promise<never> {
  throw new Error('There is no database here to change.')
}
