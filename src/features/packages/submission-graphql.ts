import type { PackageReport } from '../../archive/check-package.ts'
import type { Actor } from '../../auth/actor.ts'
import { can, requireSomewhere } from '../../auth/authorize.ts'
import type { Prisma } from '../../generated/prisma/client.ts'
import { builder } from '../../graphql/builder.ts'
import { rootConnection } from '../../graphql/connection.ts'
import { publishingFor } from './policy.ts'
import { ValidationReport } from './report.ts'

/** Attempts that the actor may see: his own, and those in the name of whom he publishes for; reviewers see all. */
function visibleSubmissions(actor: Actor): Prisma.SubmissionWhereInput {
  if (can(actor, 'packages:review', null)) return {}
  const names = publishingFor(actor)
  const own = actor.principalId === null ? [] : [{ submitterId: actor.principalId }]
  const platforms = names.includes(null) ? [{ organizationId: null }] : []
  return { OR: [...own, ...platforms, { organizationId: { in: names.filter((id) => id !== null) } }] }
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
    package: t.relation('package', { nullable: true }),
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
