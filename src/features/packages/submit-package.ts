import { z } from 'zod'
import type { App } from '../../app.ts'
import type { PackageReport } from '../../archive/check-package.ts'
import type { Manifest } from '../../archive/manifest.ts'
import type { Actor } from '../../auth/actor.ts'
import { checkInput, prose } from '../../lib/check-input.ts'
import { RequestError, UserError } from '../../lib/errors.ts'
import { digestOfBytes } from '../../lib/digest-of-bytes.ts'
import { hostKnowledge } from './host-knowledge.ts'
import { checkSignature, type CheckedSignature } from '../signatures/check-signature.ts'
import { fetchPackage } from './fetch-package.ts'
import { refusalOf, reportOf, withChecks } from './intake-report.ts'
import { canPublish, publishingFor } from './policy.ts'
import { recordSubmission, type AttemptedSubmission } from './record-submission.ts'
import { registryChecks } from './registry-checks.ts'
import { openRegistry, type OpenRegistry } from './open-registry.ts'
import { foreignSlug, storePackage } from './store-package.ts'

const Input = z
  .object({
    changelog: prose.optional(),
    checksum: z
      .string()
      .trim()
      .toLowerCase()
      .regex(/^[0-9a-f]{64}$/, 'is a SHA-256 as 64 hex digits')
      .optional(),
    signature: z.string().max(200, 'is 64 bytes in base64').optional(),
    keyId: z.string().max(200, 'is 16 hex digits').optional(),
    packageUrl: z.string().max(2_000, 'has at most 2,000 characters').optional(),
  })
  .refine(({ signature, keyId }) => (signature === undefined) === (keyId === undefined), {
    error: 'comes with `keyId`, and `keyId` with it',
    path: ['signature'],
  })
  .refine(({ packageUrl, checksum }) => packageUrl === undefined || checksum !== undefined, {
    error: 'is needed with `packageUrl`: the SHA-256 of what lies there',
    path: ['checksum'],
  })

/** An archive, where it goes, and what its sender says of it. */
export interface SubmitPackageInput {
  /** Left out: the platform's ENTERPRISE registry. */
  registryId?: string | undefined
  /** Either the bytes, or `packageUrl`. */
  bytes?: Uint8Array | undefined
  packageUrl?: string | undefined
  /** SHA-256 hex that the sender computed. */
  checksum?: string | undefined
  /** Detached Ed25519 signature of the SHA-256, base64, and the key that it is by. */
  signature?: string | undefined
  keyId?: string | undefined
  changelog?: string | undefined
}

/** What came of a submission; the report is there also where it was refused. */
export interface SubmitPackageResult {
  packageId?: string
  report?: PackageReport
  userErrors?: UserError[]
}

/**
 * Takes an archive in: checked whole, stored by its digest, PENDING_REVIEW. A refused one leaves its report, and nothing
 * else; so does one that could not be fetched. Of two submissions of one version at once one wins, and the other is VERSION_EXISTS.
 */
export async function submitPackage(
  app: App,
  actor: Actor,
  input: SubmitPackageInput,
): Promise<SubmitPackageResult> {
  requireOneSource(input)
  const given = checkInput(Input, input)
  const registry = await openRegistry(app, actor, input.registryId)
  const arrived = {
    claims: { id: null, version: null },
    checksum: null,
    registryId: registry.id,
    organizationId: registry.organizationId ?? ownName(actor),
    submitterId: actor.principalId,
    at: app.clock.now(),
  }
  const bytes = input.bytes ?? (await fetchPackage(app, given.packageUrl!).catch(asUserError))
  if (bytes instanceof UserError) {
    const report = reportOf({ ...INTEGRITY, check: 'integrity.fetch', message: bytes.message })
    return await refuse(app, { ...arrived, report }, bytes)
  }
  const checksum = await digestOfBytes(bytes)
  const attempt = { ...arrived, checksum }
  if (given.checksum !== undefined && given.checksum !== checksum) {
    const message = `The archive that arrived has SHA-256 ${checksum}: send it again.`
    const finding = { ...INTEGRITY, check: 'integrity.checksum', message }
    const error = new UserError('CHECKSUM_MISMATCH', message, ['checksum'])
    return await refuse(app, { ...attempt, report: reportOf(finding) }, error)
  }
  const options = {
    limits: app.config.archiveLimits,
    host: await hostKnowledge(app),
    advisory: app.config.advisoryChecks,
  }
  const inspected = await app.inspector.inspect(bytes, options)
  const { manifest, format, claims } = inspected
  const checked = { ...attempt, claims, report: inspected.report }
  if (manifest === null || format === null || !inspected.report.valid) {
    return await refuse(app, checked, refusalOf(inspected.report))
  }
  const organizationId = await ownerOf(app, actor, registry, manifest, attempt.organizationId).catch(
    (error: unknown) => rethrow(app, checked, error),
  )
  const signed = await signatureOf(app, given, checksum, organizationId)
  const report = withChecks(
    withChecks(inspected.report, await registryChecks(app, manifest, organizationId)),
    signed,
  )
  const complete = { ...checked, organizationId, report }
  if (!report.valid) return await refuse(app, complete, refusalOf(report))
  try {
    const packageId = await storePackage(app, actor, {
      attempt: complete,
      bytes,
      format,
      manifest,
      webhooks: inspected.webhooks,
      registry,
      signature: signed.accepted,
      changelog: given.changelog ?? null,
    })
    return { packageId, report }
  } catch (error) {
    if (error instanceof UserError) return await refuse(app, complete, error)
    return await rethrow(app, checked, error)
  }
}

/** BAD_USER_INPUT unless there is exactly one source of the bytes. */
function requireOneSource({ bytes, packageUrl }: SubmitPackageInput): void {
  if ((bytes === undefined) !== (packageUrl === undefined)) return
  throw new RequestError(
    'BAD_USER_INPUT',
    'submitPackage needs either `input.file`, sent as a multipart request, or `input.packageUrl`.',
  )
}

/** Of findings about what arrived. */
const INTEGRITY = { severity: 'ERROR', category: 'INTEGRITY' } as const

async function refuse(
  app: App,
  attempt: AttemptedSubmission,
  error: UserError,
): Promise<SubmitPackageResult> {
  await recordSubmission(app.database.prisma, attempt, { refusal: `${error.code}: ${error.message}` })
  return { report: attempt.report, userErrors: [error] }
}

/** Throws on what ends the request; where that says that the slug is somebody else's, the attempt is remembered too. */
async function rethrow(app: App, attempt: AttemptedSubmission, error: unknown): Promise<never> {
  if (error instanceof RequestError) {
    await recordSubmission(app.database.prisma, attempt, { refusal: `${error.code}: ${error.message}` })
  }
  throw error
}

/** What the sender can mend, as a value; everything else is thrown on. */
function asUserError(error: unknown): UserError {
  if (error instanceof UserError) return error
  throw error
}

/** In whose name the actor submits where the registry does not say: the platform's where he may, else his first organization's. */
function ownName(actor: Actor): string | null {
  const mine = publishingFor(actor)
  return mine.includes(null) ? null : (mine[0] ?? null)
}

/** Who owns the plugin: whoever was first, or from now on the submitter. FORBIDDEN where it is somebody else. */
async function ownerOf(
  app: App,
  actor: Actor,
  registry: OpenRegistry,
  manifest: Manifest,
  organizationId: string | null,
): Promise<string | null> {
  const plugin = await app.database.prisma.plugin.findUnique({
    where: { slug: manifest.id },
    select: { ownerId: true },
  })
  if (plugin === null) return organizationId
  if (!canPublish(actor, plugin.ownerId, registry)) throw foreignSlug(manifest.id)
  return plugin.ownerId
}

async function signatureOf(
  app: App,
  { signature, keyId }: { signature?: string | undefined; keyId?: string | undefined },
  digest: string,
  ownerId: string | null,
): Promise<CheckedSignature> {
  if (signature === undefined || keyId === undefined) return { checks: [], findings: [], accepted: null }
  return await checkSignature(app, { digest, signature, keyId, ownerId })
}
