import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg'
import type { SchemaEngine } from '@prisma/schema-engine-wasm/schema_engine_bg'

/**
 * Lends Prisma's schema engine to `use`, bound to a database or to none. It is the one compiled to WebAssembly (5 MB,
 * loaded in 50 ms): its native twin is a download that closed networks do not have.
 */
export async function withSchemaEngine<Result>(
  database: SqlMigrationAwareDriverAdapterFactory,
  use: (engine: SchemaEngine) => Promise<Result>,
): Promise<Result> {
  await loadEngine()
  const factory = bindMigrationAwareSqlAdapterFactory(database)
  const engine = await bindings.SchemaEngine.new({ datamodels: undefined }, () => undefined, factory)
  try {
    return await use(engine)
  } finally {
    engine.free()
  }
}

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
