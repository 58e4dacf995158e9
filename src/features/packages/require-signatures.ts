import type { App } from '../../app.ts'
import { UserError } from '../../lib/errors.ts'
import { signatureStatus } from '../signatures/signature-status.ts'

/** Refuses with SIGNATURE_REQUIRED packages without a valid signature, where the organization takes no others. */
export async function requireSignatures(
  app: App,
  organizationId: string,
  packageIds: readonly string[],
): Promise<void> {
  const { requireSignatures: required } = await app.database.prisma.organization.findUniqueOrThrow({
    where: { id: organizationId },
    select: { requireSignatures: true },
  })
  if (!required) return
  const packages = await app.database.prisma.package.findMany({
    where: { id: { in: [...packageIds] } },
    orderBy: { id: 'asc' },
    select: {
      version: true,
      checksum: true,
      signature: true,
      publisherKey: { select: { publicKey: true, revokedAt: true } },
      plugin: { select: { slug: true } },
    },
  })
  for (const row of packages) {
    const status = signatureStatus(row)
    if (status === 'VALID') continue
    throw new UserError(
      'SIGNATURE_REQUIRED',
      `${row.plugin.slug} ${row.version} is ${status}, and this organization takes only packages with a valid signature of their publisher.`,
    )
  }
}
