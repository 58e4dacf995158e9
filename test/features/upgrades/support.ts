import {
  RollbackInstallationDocument,
  UpgradeInstallationDocument,
  type UpgradeInstallationInput,
} from '../../../schema/generated/graphql.ts'
import { review } from '../../../scripts/lib/cast.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import type { GraphClient } from '../../../scripts/lib/graph-client.ts'
import { goodManifest, pluginZip } from '../../archive/support/plugin-files.ts'
import type { TestServer } from '../../support/server.ts'
import { fileOf, rowId, submit, type TestStage } from '../../support/stage.ts'

/** Publishes a version of a plugin with more files than its entry. Returns the package's global id. */
export async function publishFiles(
  stage: TestStage,
  change: Record<string, unknown>,
  files: Record<string, string>,
): Promise<string> {
  const zip = fileOf(
    pluginZip({ ...goodManifest, ...change }, { 'main.js': 'export default {}\n', ...files }),
  )
  const packageId = accepted(await submit(stage.publisher, zip)).package!.id
  await review(stage, packageId)
  return packageId
}

export async function upgrade(
  stage: { operator: GraphClient },
  installationId: string,
  packageId?: string,
  more: Partial<UpgradeInstallationInput> = {},
) {
  const input = { installationId, ...(packageId === undefined ? {} : { packageId }), ...more }
  return (await stage.operator.request(UpgradeInstallationDocument, { input })).upgradeInstallation
}

export async function rollback(stage: { operator: GraphClient }, installationId: string) {
  const input = { installationId }
  return (await stage.operator.request(RollbackInstallationDocument, { input })).rollbackInstallation
}

/** What was run of a plugin's life and data, in order: `version name outcome`. */
export async function runsOf(server: TestServer, slug: string): Promise<string[]> {
  const { rows } = await server.app.database.pool.query<{ told: string }>(
    `select concat_ws(' ', package.version, invocation.name, invocation.outcome) as told from invocation
     join installation i on i.id = invocation.installation_id join package on package.id = i.package_id
     join plugin on plugin.id = i.plugin_id
     where plugin.slug = $1 and invocation.kind in ('LIFECYCLE', 'MIGRATION') order by invocation.id`,
    [slug],
  )
  return rows.map(({ told }) => told)
}

/** Up to which version a plugin's data were migrated; null where nobody said. */
export async function dataVersionOf(server: TestServer, slug: string): Promise<string | null> {
  const { rows } = await server.app.database.pool.query<{ version: string }>(
    'select d.version from plugin_data d join plugin p on p.id = d.plugin_id where p.slug = $1',
    [slug],
  )
  return rows[0]?.version ?? null
}

/** `version status` of all installations of a plugin, oldest first; `*` where it is in force. */
export async function statesOf(server: TestServer, slug: string): Promise<string[]> {
  const { rows } = await server.app.database.pool.query<{ told: string }>(
    `select concat_ws(' ', package.version, i.status, case when i.in_force and i.superseded_by_id is null then '*' end) as told
     from installation i join package on package.id = i.package_id join plugin on plugin.id = i.plugin_id
     where plugin.slug = $1 order by i.id`,
    [slug],
  )
  return rows.map(({ told }) => told)
}

/** A row's column, by the installation's global id. */
export async function columnOf(server: TestServer, installationId: string, column: string): Promise<unknown> {
  const { rows } = await server.app.database.pool.query<Record<string, unknown>>(
    'select * from installation where id = $1',
    [rowId(installationId)],
  )
  return rows[0]?.[column]
}
