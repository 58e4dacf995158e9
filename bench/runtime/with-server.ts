import type { ChildProcess } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { drawApiKey } from '../../src/auth/api-key.ts'
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres.ts'
import { createLog } from '../../src/platform/log.ts'
import { endServing, startServing } from '../serving.ts'

/** Measures a server in a process of its own, over a database of its own; nothing is left of either. */
export async function withServer(
  measure: (child: ChildProcess, url: string, adminKey: string) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'patchbay-bench-'))
  await chmod(directory, 0o711)
  const postgres = await startEmbeddedPostgres({ directory, log: createLog('error') })
  const children: ChildProcess[] = []
  try {
    const adminKey = drawApiKey().secret
    const started = startServing('reads/serve-patchbay.ts', [postgres.url, directory, adminKey])
    children.push(started.child)
    await measure(started.child, await started.url, adminKey)
  } finally {
    await endServing(children)
    await postgres.stop()
    await rm(directory, { recursive: true, force: true })
  }
}
