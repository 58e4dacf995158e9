import { change, type App } from '../../app.ts'
import type { Manifest } from '../../archive/manifest.ts'
import type { PackagedWebhook } from '../../archive/manifest-checks/webhook-files.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { record } from '../../events/record.ts'
import { RequestError, UserError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import type { JsonObject, JsonValue } from '../../lib/json.ts'
import { versionKey } from '../../lib/version-key.ts'
import { BlobStoreUnavailable } from '../../platform/blobs/blob-store.ts'
import { isUniqueViolation, type Tx } from '../../platform/database.ts'
import { dropUnreferenced } from './collect-blobs.ts'
import type { OpenRegistry } from './open-registry.ts'
import { PLUGIN_TYPES } from './plugin-types.ts'
import { canPublish } from './policy.ts'
import { recordSubmission, type AttemptedSubmission } from './record-submission.ts'

/** A package that passed every check, about to be kept. */
export interface CheckedSubmission {
  attempt: AttemptedSubmission & { checksum: string }
  bytes: Uint8Array
  format: 'ZIP' | 'MPK'
  manifest: Manifest
  webhooks: readonly PackagedWebhook[]
  registry: OpenRegistry
  signature: { signature: Uint8Array<ArrayBuffer>; publisherKeyId: string } | null
  changelog: string | null
}

/**
 * Keeps a package: its bytes by their digest, its row PENDING_REVIEW, its submission and the event, or nothing of these.
 * VERSION_EXISTS where the version was used already. Returns the package's id.
 *
 * @throws {BlobStoreUnavailable} nothing was kept, and it is not the sender's fault
 */
export async function storePackage(app: App, actor: Actor, checked: CheckedSubmission): Promise<string> {
  try {
    // Uploaded before the transaction, which is not to wait for a slow store.
    await app.blobs.at(checked.registry.storage).put(checked.bytes)
    return await store(app, actor, checked)
  } catch (error) {
    if (error instanceof BlobStoreUnavailable) throw error
    await takeBack(app, checked)
    if (!isUniqueViolation(error)) throw error
    const { id, version } = checked.manifest
    throw new UserError(
      'VERSION_EXISTS',
      `${id} ${version} was submitted already. A version is never used again: submit a new one.`,
    )
  }
}

/** Where the store fails meanwhile, the collection does it later: the sender is told why his package was not kept. */
async function takeBack(app: App, { registry, attempt }: CheckedSubmission): Promise<void> {
  const { checksum } = attempt
  try {
    await dropUnreferenced(app, registry.storage, checksum)
  } catch (error) {
    if (!(error instanceof BlobStoreUnavailable)) throw error
    app.log.warn(
      { checksum, reason: error.message },
      'an archive without a package was left to the collection',
    )
  }
}

async function store(app: App, actor: Actor, checked: CheckedSubmission): Promise<string> {
  const { attempt, registry, manifest, signature } = checked
  const { checksum, report } = attempt
  const packageId = newId()
  await change(app, async (tx) => {
    await holdArchive(tx, checksum)
    // They may have been collected since, as bytes without a package; then, and only then, they travel again.
    await app.blobs.at(registry.storage).put(checked.bytes)
    const pluginId = await ownPlugin(tx, actor, checked)
    await tx.package.create({
      data: {
        id: packageId,
        pluginId,
        registryId: registry.id,
        version: manifest.version,
        versionKey: versionKey(manifest.version),
        status: 'PENDING_REVIEW',
        format: checked.format,
        manifest,
        webhooks: checked.webhooks as unknown as JsonValue[],
        checksum,
        size: checked.bytes.byteLength,
        storage: registry.storage,
        signature: signature?.signature ?? null,
        publisherKeyId: signature?.publisherKeyId ?? null,
        riskLevel: report.riskLevel,
        validation: report as unknown as JsonObject,
        submittedById: actor.principalId,
        submittedAt: attempt.at,
        changelog: checked.changelog,
        dependencies: { createMany: { data: dependenciesOf(manifest) } },
      },
      select: { id: true },
    })
    await recordSubmission(tx, attempt, { packageId })
    const payload = {
      slug: manifest.id,
      version: manifest.version,
      previousStatus: null,
      status: 'PENDING_REVIEW' as const,
    }
    const scope = {
      auditedIn: registry.organizationId ?? attempt.organizationId,
      subjectId: packageId,
      pluginId,
      ...by(actor),
      at: attempt.at,
    }
    await record(tx, 'package.submitted', payload, scope)
    await actor.trail?.attempt?.settle(tx, { packageId, report })
  })
  return packageId
}

/** The plugin of that slug, made where it is new. A slug belongs to whoever submitted it first. */
async function ownPlugin(
  tx: Tx,
  actor: Actor,
  { manifest, registry, attempt }: CheckedSubmission,
): Promise<string> {
  const data = {
    id: newId(),
    slug: manifest.id,
    name: manifest.name,
    description: manifest.description,
    type: PLUGIN_TYPES[manifest.type],
    author: manifest.author.name,
    keywords: manifest.keywords,
    ownerId: attempt.organizationId,
    createdAt: attempt.at,
    updatedAt: attempt.at,
  }
  await tx.plugin.createMany({ data: [data], skipDuplicates: true })
  const plugin = await tx.plugin.findUniqueOrThrow({
    where: { slug: manifest.id },
    select: { id: true, ownerId: true },
  })
  if (canPublish(actor, plugin.ownerId, registry)) return plugin.id
  throw foreignSlug(manifest.id)
}

/** FORBIDDEN: somebody else was first with that slug. */
export function foreignSlug(slug: string): RequestError {
  return new RequestError(
    'FORBIDDEN',
    `The plugin id "${slug}" belongs to another publisher: choose your own.`,
  )
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
