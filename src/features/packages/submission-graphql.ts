import type { PackageReport } from '../../archive/check-package.ts'
import type { Actor } from '../../auth/actor.ts'
import { can, requireSomewhere } from '../../auth/authorize.ts'
import type { Prisma } from '../../generated/prisma/client.ts'
import { builder } from '../../graphql/builder.ts'
import { rootConnection } from '../../graphql/connection.ts'
import { canSeePackage, publishingFor, type PackagePlace } from './policy.ts'
import { ValidationReport } from './report.ts'

/** Attempts that the actor may see: his own, and those in the name of whom he publishes for; reviewers see all. */
function visibleSubmissions(actor: Actor): Prisma.SubmissionWhereInput {
  if (can(actor, 'packages:review', null)) return {}
  const names = publishingFor(actor)
  const own = actor.principalId === null ? [] : [{ submitterId: actor.principalId }]
  const platforms = names.includes(null) ? [{ organizationId: null }] : []
  return { OR: [...own, ...platforms, { organizationId: { in: names.filter((id) => id !== null) } }] }
}

/** What decides who sees the package of an attempt. */
const PLACE = {
  status: true,
  submittedById: true,
  plugin: { select: { ownerId: true } },
  registry: { select: { type: true, organizationId: true } },
} as const

interface WithPackage {
  package: (Omit<PackagePlace, 'ownerId'> & { plugin: { ownerId: string | null } }) | null
}

/** The package, where the viewer may see it: the platform may have submitted it to somebody else's own registry. */
function seenPackage(actor: Actor, { package: found }: WithPackage) {
  if (found === null) return null
  return canSeePackage(actor, { ...found, ownerId: found.plugin.ownerId }) ? found : null
}

builder.prismaNode('Submission', {
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, context) => ({ id, AND: [visibleSubmissions(context.actor)] }),
  select: { id: true },
  description: 'An attempt to submit, refused ones too; it keeps the report, never the bytes.',
  fields: (t) => ({
    slug: t.exposeString('slug', {
      nullable: true,
      description: 'What the archive says; null where it does not.',
    }),
    version: t.exposeString('version', { nullable: true }),
    checksum: t.exposeString('checksum', { nullable: true, description: 'SHA-256 of what arrived, hex.' }),
    at: t.expose('at', { type: 'DateTime' }),
    accepted: t.exposeBoolean('accepted'),
    refusal: t.exposeString('refusal', {
      nullable: true,
      description: 'Why it was refused, in one line; the report has the rest.',
    }),
    validation: t.field({
      type: ValidationReport,
      select: { validation: true },
      resolve: (row) => row.validation as unknown as PackageReport,
    }),
    package: t.field({
      type: 'Package' as never,
      nullable: true,
      description: 'What became of it; null where it was refused, or where you may not see the package.',
      select: (_args: object, _context: object, nested: (selection: object) => object) => ({
        package: nested({ select: PLACE }),
      }),
      resolve: (submission, _args, { actor }) =>
        seenPackage(actor, submission as unknown as WithPackage) as never,
    }),
  }),
})

rootConnection('submissions', {
  node: 'Submission',
  model: 'submission',
  args: (arg) => ({ slug: arg.string(), accepted: arg.boolean() }),
  where: ({ slug, accepted }, { actor }) => {
    requireSomewhere(actor, 'plugins:read')
    return {
      AND: [
        visibleSubmissions(actor),
        slug ? { slug } : {},
        typeof accepted === 'boolean' ? { accepted } : {},
      ],
    }
  },
})
