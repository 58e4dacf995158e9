import type { ChildProcess } from 'node:child_process'
import { drawApiKey } from '../../src/auth/api-key.ts'
import { endServing, startServing } from '../serving.ts'
import { withDatabase } from '../with-database.ts'

/** Measures a server in a process of its own, over a database of its own; nothing is left of either. */
export async function withServer(
  measure: (child: ChildProcess, url: string, adminKey: string) => Promise<void>,
): Promise<void> {
  await withDatabase(async (database) => {
    const adminKey = drawApiKey().secret
    const { child, url } = startServing('reads/serve-patchbay.ts', [
      database.url,
      database.directory,
      adminKey,
    ])
    try {
      await measure(child, await url, adminKey)
    } finally {
      await endServing([child])
    }
  })
}
