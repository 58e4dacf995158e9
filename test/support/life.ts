import {
  DeactivateInstallationDocument,
  RetryInstallationDocument,
  UninstallInstallationDocument,
  type UninstallInput,
} from '../../schema/generated/graphql.ts'
import { startTestServer, type TestServer } from './server.ts'
import { rowId, type TestStage } from './stage.ts'

/** Another process of the same service: its database, and its store of archives. */
export async function startTwin(
  server: TestServer,
  env: Record<string, string> = {},
  { worker = false }: { worker?: boolean } = {},
): Promise<TestServer> {
  const { main } = server.app.config.storage
  if (main.kind !== 'file') throw new Error('The twin shares a directory.')
  return await startTestServer({
    worker,
    env,
    databaseUrl: server.app.database.url,
    storageDirectory: main.directory,
    adminKey: server.adminKey,
  })
}

/** A plugin that lets its hooks throw that its setting `failing` names. */
export const FALLIBLE = `import { definePlugin } from 'patchbay'
const hook = (name) => (ctx) => {
  if (ctx.settings.failing === name) throw new Error(name + ' has no power')
}
export default definePlugin({
  onInstall: hook('onInstall'), onActivate: hook('onActivate'),
  onDeactivate: hook('onDeactivate'), onUninstall: hook('onUninstall'),
})
`

/** The schema of its settings. */
export const FALLIBLE_SETTINGS = { type: 'object', properties: { failing: { type: 'string' } } }

export async function deactivate(stage: TestStage, installationId: string) {
  const input = { installationId }
  return (await stage.operator.request(DeactivateInstallationDocument, { input })).deactivateInstallation
}

export async function retry(stage: TestStage, installationId: string) {
  const input = { installationId }
  return (await stage.operator.request(RetryInstallationDocument, { input })).retryInstallation
}

export async function uninstall(
  stage: TestStage,
  installationId: string,
  more: Partial<UninstallInput> = {},
) {
  const input = { installationId, ...more }
  return (await stage.operator.request(UninstallInstallationDocument, { input })).uninstallInstallation
}

export interface InstallationRow {
  id: string
  status: string
  failure: string | null
  operation: string | null
  superseded_by_id: string | null
  version: string
}

/** All rows of a plugin, oldest first. */
export async function rowsOf(server: TestServer, slug: string): Promise<InstallationRow[]> {
  const { rows } = await server.app.database.pool.query<InstallationRow>(
    `select i.id, i.status, i.failure, i.operation, i.superseded_by_id, package.version from installation i
     join package on package.id = i.package_id join plugin on plugin.id = i.plugin_id
     where plugin.slug = $1 order by i.id`,
    [slug],
  )
  return rows
}

/** What the hooks of plugins were called, in order: `slug hook outcome`. */
export async function hooksOf(server: TestServer, ...slugs: string[]): Promise<string[]> {
  const { rows } = await server.app.database.pool.query<{ told: string }>(
    `select concat_ws(' ', plugin.slug, invocation.name, invocation.outcome) as told from invocation
     join installation i on i.id = invocation.installation_id join plugin on plugin.id = i.plugin_id
     where plugin.slug = any($1) and invocation.kind = 'LIFECYCLE' order by invocation.id`,
    [slugs],
  )
  return rows.map(({ told }) => told)
}

/** What was told of plugins, in order: `slug type from-to`. */
export async function eventsOf(server: TestServer, ...slugs: string[]): Promise<string[]> {
  const { rows } = await server.app.database.pool.query<{ told: string }>(
    `select concat(payload->>'slug', ' ', type, ' ', payload->>'previousStatus', '-', payload->>'status') as told
     from event where payload->>'slug' = any($1) and payload ? 'previousStatus' and type like 'plugin.%' order by seq`,
    [slugs],
  )
  return rows.map(({ told }) => told)
}

/** Puts an installation into a state that its history does not matter for. */
export async function force(server: TestServer, installationId: string, status: string): Promise<void> {
  await server.app.database.pool.query(
    `update installation set status = $2::"InstallationStatus", operation = null, process_id = null, told_active = ($2 = 'ACTIVE'),
       failure = case when $2 = 'FAILED' then 'It was forced.' end,
       activated_at = now(), deactivated_at = null, uninstalled_at = null where id = $1`,
    [rowId(installationId), status],
  )
}
