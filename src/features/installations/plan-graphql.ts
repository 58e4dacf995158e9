import { can, requireKnown } from '../../auth/authorize.ts'
import { builder } from '../../graphql/builder.ts'
import { idOf } from '../../graphql/global-id.ts'
import { notFound } from '../../lib/errors.ts'
import { installablePackage } from './choose-package.ts'
import { planInstallation } from './plan-installation.ts'
import type { Plan, PlanConflict, PlanStep } from './resolve-plan.ts'

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
  values: [
    'NOT_FOUND',
    'NO_MATCHING_VERSION',
    'VERSION_CONFLICT',
    'CYCLE',
    'HOST_INCOMPATIBLE',
    'BREAKS_DEPENDENT',
  ] as const,
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
    args: { siteId: t.arg.id({ required: true }), packageId: t.arg.id({ required: true }) },
    resolve: async (_root, args, { app, actor }) => {
      requireKnown(actor)
      const site = await app.database.prisma.site.findUnique({
        where: { id: idOf('Site', args.siteId) },
        select: { id: true, organizationId: true, hostVersion: true },
      })
      if (site === null || !can(actor, 'tenancy:read', site.organizationId)) throw notFound('site')
      const { id } = await installablePackage(app, actor, idOf('Package', args.packageId), [site])
      return await planInstallation(app, site, id)
    },
  }),
)
