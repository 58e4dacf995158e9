import { randomBytes } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import { onTestFinished } from 'vitest'
import { graphClient, type GraphClient } from '../../../scripts/lib/graph-client.ts'
import { drawApiKey } from '../../../src/auth/api-key.ts'
import { createEmptyDatabase } from '../../support/postgres.ts'
import { emptyDirectory, launch, type LaunchedService } from './launched-service.ts'

/** A PostgreSQL and a directory for archives that several processes share. */
export interface Cluster {
  start: (role: 'all' | 'api' | 'worker') => Promise<LaunchedService>
  /** Of the administrator, who may decide about what he submitted. */
  key: string
  databaseUrl: string
}

/** Makes them; they go with the test. */
export async function openCluster(more: Record<string, string> = {}): Promise<Cluster> {
  const database = await createEmptyDatabase()
  onTestFinished(() => database.drop())
  const key = drawApiKey().secret
  const env = {
    DATABASE_URL: database.url,
    STORAGE_URL: pathToFileURL(await emptyDirectory()).href,
    PATCHBAY_STORAGE_SHARED: 'true',
    PATCHBAY_SECRETS_KEY: randomBytes(32).toString('base64'),
    PATCHBAY_ADMIN_KEY: key,
    PATCHBAY_ALLOW_SELF_REVIEW: 'true',
    ...more,
  }
  return {
    key,
    databaseUrl: database.url,
    start: async (role) => launch({ dataDirectory: await emptyDirectory(), env: { ...env, ROLE: role } }),
  }
}

/** A client of one of its processes. */
export async function clientOf(service: LaunchedService, key: string): Promise<GraphClient> {
  return graphClient((await service.greeting()).url, key)
}
