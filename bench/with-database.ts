import { chmod, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { startEmbeddedPostgres } from '../src/platform/embedded-postgres.ts'
import { createLog } from '../src/platform/log.ts'

/** A PostgreSQL that is there for one measurement. */
export interface BenchDatabase {
  url: string
  /** Where it lies; there is room beside it for what a server keeps. */
  directory: string
}

/** Measures over a database of its own; nothing is left of it, also where measuring fails. */
export async function withDatabase(measure: (database: BenchDatabase) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'patchbay-bench-'))
  // Started by root, PostgreSQL runs as another user, who has to get there.
  await chmod(directory, 0o711)
  try {
    const postgres = await startEmbeddedPostgres({ directory, log: createLog('error') })
    try {
      await measure({ url: postgres.url, directory })
    } finally {
      await postgres.stop()
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
