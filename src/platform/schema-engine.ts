import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg'
import type { SchemaEngine } from '@prisma/schema-engine-wasm/schema_engine_bg'
import { Pool, type ClientBase } from 'pg'

/** Prisma's schema engine, compiled to WebAssembly: its native twin is a download that closed networks do not have. */
export interface SchemaEngineOptions {
  /** Connection of the role that owns the tables; null for what needs no database (comparing datamodels). */
  url: string | null
  /** Runs one migration's SQL on a connection of the engine's; throws what PostgreSQL says. */
  runScript(connection: ClientBase, script: string): Promise<void>
}

/** Loads the engine (90 ms, 5 MB), lends it to `use` and frees it. */
export async function withSchemaEngine<Result>(
  options: SchemaEngineOptions,
  use: (engine: SchemaEngine) => Promise<Result>,
): Promise<Result> {
  const pool = new Pool({ connectionString: options.url ?? NO_DATABASE, max: 2 })
  // A connection that breaks while idle is told by the next query on it.
  pool.on('error', () => undefined)
  try {
    await loadEngine()
    const factory = bindMigrationAwareSqlAdapterFactory(wholeScripts(pool, options.runScript))
    const engine = await bindings.SchemaEngine.new({ datamodels: undefined }, () => undefined, factory)
    try {
      return await use(engine)
    } finally {
      engine.free()
    }
  } finally {
    await pool.end()
  }
}

/** Never connected to: pools connect with their first query. */
const NO_DATABASE = 'postgresql://127.0.0.1:1/none'

let loading: Promise<void> | null = null

function loadEngine(): Promise<void> {
  loading ??= instantiate()
  return loading
}

/** What the package's own entry does for bundlers that can import `.wasm`, which Node does only behind a flag. */
async function instantiate(): Promise<void> {
  const file = new URL('schema_engine_bg.wasm', import.meta.resolve('@prisma/schema-engine-wasm'))
  const { instance } = await WebAssembly.instantiate(await readFile(fileURLToPath(file)), {
    './schema_engine_bg.js': { ...bindings },
  })
  const { __wbg_set_wasm: setWasm } = bindings
  setWasm(instance.exports)
  const { __wbindgen_start: start } = instance.exports
  if (typeof start !== 'function') throw new Error("The schema engine's WebAssembly has no entry.")
  start()
}

/** What we use of it; its types come with those of browsers, which this program has not. */
declare const WebAssembly: {
  instantiate(
    bytes: Uint8Array,
    imports: Record<string, Record<string, unknown>>,
  ): Promise<{ instance: { exports: Record<string, unknown> } }>
}

/**
 * Prisma's adapter cuts a script at every semicolon, also at those inside functions, strings and comments, and runs the
 * pieces in transactions of their own. This one hands it on whole.
 */
function wholeScripts(
  pool: Pool,
  runScript: SchemaEngineOptions['runScript'],
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
