import { expect } from 'vitest'
import { decodeGlobalId } from '../../src/graphql/global-id.ts'
import {
  ActivateInstallationDocument,
  InstallPluginDocument,
  SubmitPackageDocument,
  type InstallPluginInput,
  type SubmitPackageMutation,
} from '../../schema/generated/graphql.ts'
import { accepted } from '../../scripts/lib/accepted.ts'
import { GraphError, graphClient, type GraphClient } from '../../scripts/lib/graph-client.ts'
import { castRoles, review, setStage, type Cast, type Stage } from '../../scripts/lib/cast.ts'
import { goodManifest, pluginZip } from '../archive/support/plugin-files.ts'
import type { TestServer } from './server.ts'

/** An organization with three sites on a server, and people with a role each. */
export interface TestStage extends Stage, Cast {
  server: TestServer
  close: () => Promise<void>
}

/** Sets the stage as the story does. */
export async function openStage(server: TestServer, slug = 'acme'): Promise<TestStage> {
  const admin = graphClient(server.url, server.adminKey)
  const stage = await setStage(admin, slug)
  const cast = await castRoles(server.url, admin, stage.organizationId)
  const close = async (): Promise<void> => {
    await Promise.all([cast.close(), admin.close()])
  }
  return { ...stage, ...cast, server, close }
}

/** A plugin as a ZIP: the good manifest with changes, and its code. */
export function zipOf(change: Record<string, unknown>, code = 'export default {}\n'): File {
  return fileOf(pluginZip({ ...goodManifest, ...change }, { 'main.js': code }))
}

/** Bytes as the file of an upload. */
export function fileOf(bytes: Uint8Array): File {
  return new File([new Uint8Array(bytes)], 'plugin.zip', { type: 'application/zip' })
}

/** Submits a file; what comes back may be a refusal. */
export async function submit(
  client: GraphClient,
  file: File,
  more: { checksum?: string } = {},
): Promise<Submission> {
  return (await client.request(SubmitPackageDocument, { input: { file, ...more } })).submitPackage
}

export type Submission = SubmitPackageMutation['submitPackage']

/** Submits, reviews and approves a plugin. Returns the package's global id. */
export async function publishPlugin(
  stage: TestStage,
  change: Record<string, unknown>,
  code?: string,
): Promise<string> {
  const packageId = accepted(await submit(stage.publisher, zipOf(change, code))).package!.id
  expect(await review(stage, packageId)).toBe('APPROVED')
  return packageId
}

/** Installs at the first site where no other is named; the payload may be a refusal. */
export async function install(stage: TestStage, packageId: string, more: Partial<InstallPluginInput> = {}) {
  const input = { siteId: stage.siteIds[0]!, packageId, ...more }
  return (await stage.operator.request(InstallPluginDocument, { input })).installPlugin
}

/** Publishes, installs and activates a plugin. Returns the installation's global id. */
export async function run(
  stage: TestStage,
  change: Record<string, unknown>,
  code: string,
  siteId = stage.siteIds[0]!,
): Promise<string> {
  const packageId = await publishPlugin(stage, change, code)
  return accepted(await install(stage, packageId, { siteId, activate: true })).installation!.id
}

/** Activates; the payload may be a refusal. */
export async function activate(stage: TestStage, installationId: string) {
  const { activateInstallation } = await stage.operator.request(ActivateInstallationDocument, {
    input: { installationId },
  })
  return activateInstallation
}

/** Codes of a payload's user errors. */
export function codesOf(payload: { userErrors: readonly { code: string }[] }): string[] {
  return payload.userErrors.map((error) => error.code)
}

/** Code and message of the error that ends a request; null where none does. */
export async function refusalOf(
  request: Promise<unknown>,
): Promise<{ code: string; message: string } | null> {
  try {
    await request
    return null
  } catch (error) {
    if (!(error instanceof GraphError)) throw error
    return { code: error.code, message: error.message }
  }
}

/** The database's id in a global one. */
export function rowId(globalId: string): string {
  return decodeGlobalId(globalId).id
}

/** How many rows each table has, and the queue; but for the audit log, which has the refusals too. */
export async function countRows(server: TestServer): Promise<Record<string, number>> {
  const { pool } = server.app.database
  const { rows } = await pool.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'
       and table_name not in ('service_process', 'relay_position', 'api_key', 'audit_entry', 'audit_seal', 'audit_unsealed')`,
  )
  const counts: Record<string, number> = {}
  for (const { name } of rows) {
    counts[name] = Number((await pool.query<{ n: string }>(`select count(*) as n from "${name}"`)).rows[0]!.n)
  }
  const jobs = await pool.query<{ n: string }>('select count(*) as n from graphile_worker.jobs')
  return { ...counts, jobs: Number(jobs.rows[0]!.n) }
}
