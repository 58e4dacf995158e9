import { can, requireKnown } from '../../auth/authorize.ts'
import { builder } from '../../graphql/builder.ts'
import { idOf } from '../../graphql/global-id.ts'
import { notFound } from '../../lib/errors.ts'
import { installablePackage } from './choose-package.ts'
import { planInstallation } from './plan-installation.ts'
import type { ConflictKind, Plan, PlanConflict, PlanStep } from './resolver/plan.ts'

const Action = builder.enumType('ResolutionAction', { values: ['INSTALL', 'UPGRADE', 'KEEP'] as const })

const Step = builder.objectRef<PlanStep>('ResolutionStep').implement({
  fields: (t) => ({
    action: t.field({ type: Action, resolve: (step) => step.action }),
    package: t.prismaField({
      type: 'Package',
      resolve: (query, step, _args, { app }) =>
        app.database.prisma.package.findUniqueOrThrow({ ...query, where: { id: step.candidate.packageId } }),
    }),
    requiredBy: t.exposeStringList('requiredBy'),
  }),
})

const Kind = builder.enumType('ConflictKind', {
  values: {
    NOT_FOUND: { description: 'There is no such plugin that the site could have.' },
    NO_MATCHING_VERSION: { description: 'No version of it that the site could have lies in the range.' },
    VERSION_CONFLICT: { description: 'Each demand could be met, but not all of them together.' },
    CYCLE: { description: 'All that is left would need itself in a circle; `slugs` is its path.' },
    HOST_INCOMPATIBLE: { description: "Something is made for other versions of the site's host." },
    DECLARED_CONFLICT: { description: 'A plugin says that it cannot stand beside another.' },
    CONTRIBUTION_CONFLICT: {
      description: 'Two plugins add the same module, view, theme or extension point.',
    },
    BREAKS_DEPENDENT: { description: 'Something that is installed would no longer have what it needs.' },
    TOO_COMPLEX: { description: 'The search was given up: there may be a solution.' },
  } as const satisfies Record<ConflictKind, { description: string }>,
})

const Conflict = builder.objectRef<PlanConflict>('ResolutionConflict').implement({
  fields: (t) => ({
    kind: t.field({ type: Kind, resolve: (conflict) => conflict.kind }),
    message: t.exposeString('message', {
      description: 'The whole chain in words, e.g. a 1.0.0 needs b ^2.0.0, but c 1.1.0 needs b <2',
    }),
    slugs: t.exposeStringList('slugs'),
  }),
})

export const ResolutionPlanType = builder.objectRef<Plan>('ResolutionPlan').implement({
  description: 'What installing would do, before it is done.',
  fields: (t) => ({
    resolvable: t.boolean({ resolve: (plan) => plan.conflicts.length === 0 }),
    steps: t.field({ type: [Step], resolve: (plan) => plan.steps }),
    conflicts: t.field({ type: [Conflict], resolve: (plan) => plan.conflicts }),
  }),
})

builder.queryField('resolveDependencies', (t) =>
  t.field({
    type: ResolutionPlanType,
    description: 'What installing a package at a site would do, before it is done.',
    args: {
      siteId: t.arg.id({ required: true }),
      packageId: t.arg.id({ required: true }),
      includeOptional: t.arg.boolean({
        defaultValue: false,
        description: 'Install optional dependencies too, where that is possible.',
      }),
    },
    resolve: async (_root, args, { app, actor }) => {
      requireKnown(actor)
      const site = await app.database.prisma.site.findUnique({
        where: { id: idOf('Site', args.siteId) },
        select: { id: true, organizationId: true, hostVersion: true },
      })
      if (site === null || !can(actor, 'tenancy:read', site.organizationId)) throw notFound('site')
      const { id } = await installablePackage(app, actor, idOf('Package', args.packageId), [site])
      return await planInstallation(app, site, id, { includeOptional: args.includeOptional ?? false })
    },
  }),
)
