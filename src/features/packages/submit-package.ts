import { z } from 'zod'
import type { App } from '../../app.ts'
import { change } from '../../app.ts'
import { checkPackage, type PackageReport } from '../../archive/check-package.ts'
import type { Manifest } from '../../archive/manifest.ts'
import type { Actor } from '../../auth/actor.ts'
import { requireSomewhere } from '../../auth/authorize.ts'
import { record } from '../../events/record.ts'
import type { PluginType } from '../../generated/prisma/enums.ts'
import { notFound, RequestError, UserError } from '../../lib/errors.ts'
import { checkInput, prose } from '../../lib/check-input.ts'
import { newId } from '../../lib/ids.ts'
import type { JsonObject } from '../../lib/json.ts'
import { versionKey } from '../../lib/version-key.ts'
import { sha256Hex } from '../../platform/crypto.ts'
import { inTransaction, isUniqueViolation, type Tx } from '../../platform/database.ts'
import { canPublish, publishingFor } from './policy.ts'

const Input = z.object({ changelog: prose.optional() })

export interface SubmitPackageInput {
  /** Left out: the platform's ENTERPRISE registry. */
  registryId?: string | undefined
  bytes: Uint8Array
  /** SHA-256 hex that the sender computed. */
  checksum?: string | undefined
  changelog?: string | undefined
}

/** What came of a submission; the report is there also where it was refused. */
export interface SubmitPackageResult {
  packageId?: string
  report?: PackageReport
  userErrors?: UserError[]
}

/** The slug of the registry that every installation of Patchbay has. */
export const ENTERPRISE_REGISTRY = 'enterprise'

/**
 * Takes an archive in: checked whole, stored by its digest, PENDING_REVIEW. A refused one leaves nothing behind. Of two
 * submissions of one version at once one wins, and the other is VERSION_EXISTS.
 */
export async function submitPackage(
  app: App,
  actor: Actor,
  input: SubmitPackageInput,
): Promise<SubmitPackageResult> {
  requireSomewhere(actor, 'packages:submit')
  checkInput(Input, input)
  const registryId = await findRegistry(app, actor, input.registryId)
  const digest = sha256Hex(input.bytes)
  if (input.checksum !== undefined && input.checksum.toLowerCase() !== digest) {
    throw new UserError(
      'CHECKSUM_MISMATCH',
      `The archive that arrived has SHA-256 ${digest}: send it again.`,
      ['checksum'],
    )
  }
  const { report, archive, manifest } = await checkPackage(input.bytes, app.config.archiveLimits)
  if (archive === null || manifest === null || !report.valid) {
    return { report, userErrors: [refusal(report, archive === null)] }
  }
  try {
    const stored = { registryId, digest, bytes: input.bytes, format: archive.format, report }
    return { packageId: await store(app, actor, manifest, stored, input.changelog), report }
  } catch (error) {
    await dropUnreferenced(app, digest)
    if (error instanceof UserError) return { report, userErrors: [error] }
    throw error
  }
}

async function findRegistry(app: App, actor: Actor, registryId: string | undefined): Promise<string> {
  const registry = await app.database.prisma.registry.findFirst({
    where: registryId === undefined ? { slug: ENTERPRISE_REGISTRY } : { id: registryId },
    select: { id: true, isActive: true, organizationId: true },
  })
  const mine = publishingFor(actor)
  const open =
    registry !== null && (registry.organizationId === null || mine.includes(registry.organizationId))
  if (!open && !(registry !== null && mine.includes(null))) throw notFound('registry')
  if (!registry.isActive)
    throw new UserError('INVALID_STATE', 'This registry takes no submissions now.', ['registryId'])
  return registry.id
}

function refusal(report: PackageReport, archiveRefused: boolean): UserError {
  const errors = report.findings.filter((finding) => finding.severity === 'ERROR')
  const what = archiveRefused ? 'The archive is refused' : 'The manifest is refused'
  const message = `${what}: ${errors.length === 1 ? errors[0]!.message : `${errors.length} findings to mend, see validation.findings.`}`
  return new UserError(archiveRefused ? 'ARCHIVE_REJECTED' : 'MANIFEST_INVALID', message, ['file'])
}

interface Stored {
  registryId: string
  digest: string
  bytes: Uint8Array
  format: 'ZIP' | 'MPK'
  report: PackageReport
}

async function store(
  app: App,
  actor: Actor,
  manifest: Manifest,
  stored: Stored,
  changelog: string | undefined,
): Promise<string> {
  const packageId = newId()
  const at = app.clock.now()
  try {
    await change(app, async (tx) => {
      await holdArchive(tx, stored.digest)
      await app.blobs.put(stored.bytes)
      const pluginId = await ownPlugin(tx, actor, manifest, at)
      await tx.package.create({
        data: {
          id: packageId,
          pluginId,
          registryId: stored.registryId,
          version: manifest.version,
          versionKey: versionKey(manifest.version),
          status: 'PENDING_REVIEW',
          format: stored.format,
          manifest,
          checksum: stored.digest,
          size: stored.bytes.byteLength,
          riskLevel: stored.report.riskLevel,
          validation: stored.report as unknown as JsonObject,
          submittedById: actor.principalId,
          submittedAt: at,
          changelog: changelog ?? null,
          dependencies: { createMany: { data: dependenciesOf(manifest) } },
        },
        select: { id: true },
      })
      const payload = {
        slug: manifest.id,
        version: manifest.version,
        previousStatus: null,
        status: 'PENDING_REVIEW' as const,
      }
      await record(tx, 'package.submitted', payload, { subjectId: packageId, actorId: actor.principalId, at })
    })
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw new UserError(
      'VERSION_EXISTS',
      `${manifest.id} ${manifest.version} was submitted already. A version is never used again: submit a new one.`,
    )
  }
  return packageId
}

/** The plugin of that slug, made where it is new. A slug belongs to whoever submitted it first. */
async function ownPlugin(tx: Tx, actor: Actor, manifest: Manifest, at: Date): Promise<string> {
  const mine = publishingFor(actor)
  const ownerId = mine.includes(null) ? null : (mine[0] ?? null)
  const data = {
    id: newId(),
    slug: manifest.id,
    name: manifest.name,
    description: manifest.description,
    type: PLUGIN_TYPES[manifest.type],
    author: manifest.author.name,
    keywords: manifest.keywords,
    ownerId,
    createdAt: at,
    updatedAt: at,
  }
  await tx.plugin.createMany({ data: [data], skipDuplicates: true })
  const plugin = await tx.plugin.findUniqueOrThrow({
    where: { slug: manifest.id },
    select: { id: true, ownerId: true },
  })
  if (canPublish(actor, plugin.ownerId)) return plugin.id
  throw new RequestError(
    'FORBIDDEN',
    `The plugin id "${manifest.id}" belongs to another publisher: choose your own.`,
  )
}

const PLUGIN_TYPES: Record<Manifest['type'], PluginType> = {
  integration: 'INTEGRATION',
  'ui-theme': 'UI_THEME',
  'ai-module': 'AI_MODULE',
  workflow: 'WORKFLOW',
}

function dependenciesOf(manifest: Manifest): { slug: string; range: string; optional: boolean }[] {
  const needed = Object.entries(manifest.dependencies).map(([slug, range]) => ({
    slug,
    range,
    optional: false,
  }))
  const optional = Object.entries(manifest.optionalDependencies)
    .filter(([slug]) => !(slug in manifest.dependencies))
    .map(([slug, range]) => ({ slug, range, optional: true }))
  return [...needed, ...optional]
}

/** Until this transaction ends, nobody takes the archive out of the blob store for want of a package that has it. */
async function holdArchive(tx: Tx, digest: string): Promise<void> {
  await tx.$queryRaw`select 1 as held from pg_advisory_xact_lock_shared(hashtextextended(${digest}, 0))`
}

/** Takes the bytes out of the blob store again, unless another package has, or is about to have, the very same ones. */
async function dropUnreferenced(app: App, digest: string): Promise<void> {
  await inTransaction(app.database.prisma, async (tx) => {
    await tx.$queryRaw`select 1 as held from pg_advisory_xact_lock(hashtextextended(${digest}, 0))`
    const references = await tx.package.count({ where: { checksum: digest } })
    if (references === 0) await app.blobs.delete(digest)
  })
}
