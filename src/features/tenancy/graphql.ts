import { requireKnown } from '../../auth/authorize.ts'
import { builder } from '../../graphql/builder.ts'
import { relatedConnection, rootConnection } from '../../graphql/connection.ts'
import { optionalIdOf } from '../../graphql/global-id.ts'
import { jsonContains } from '../../graphql/json-contains.ts'
import { visibleOrganizations, visibleSites } from './policy.ts'
import { sitesOfHealth } from './site-health.ts'

builder.prismaNode('Organization', {
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, context) => ({ id, AND: [visibleOrganizations(context.actor)] }),
  select: { id: true },
  fields: (t) => ({
    slug: t.exposeString('slug'),
    name: t.exposeString('name'),
    requireSignatures: t.exposeBoolean('requireSignatures', {
      description: 'Only packages with a valid signature of their publisher are installed.',
    }),
  }),
})

builder.prismaNode('Site', {
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, context) => ({ id, AND: [visibleSites(context.actor)] }),
  select: { id: true },
  fields: (t) => ({
    slug: t.exposeString('slug'),
    name: t.exposeString('name'),
    organization: t.relation('organization'),
    hostVersion: t.expose('hostVersion', { type: 'SemVer' }),
    labels: t.expose('labels', { type: 'JSON' }),
  }),
})

relatedConnection('Organization', 'sites', {
  node: 'Site',
  model: 'site',
  ofParent: (organizationId) => ({ organizationId }),
  where: (_args, context) => visibleSites(context.actor),
})

builder.queryFields((t) => ({
  organization: t.prismaField({
    type: 'Organization',
    nullable: true,
    args: { slug: t.arg.string({ required: true }) },
    resolve: (query, _root, { slug }, { app, actor }) => {
      requireKnown(actor)
      return app.database.prisma.organization.findFirst({
        ...query,
        where: { slug, AND: [visibleOrganizations(actor)] },
      })
    },
  }),
  site: t.prismaField({
    type: 'Site',
    nullable: true,
    args: { organization: t.arg.string({ required: true }), slug: t.arg.string({ required: true }) },
    resolve: (query, _root, { organization, slug }, { app, actor }) => {
      requireKnown(actor)
      const where = { slug, organization: { slug: organization }, AND: [visibleSites(actor)] }
      return app.database.prisma.site.findFirst({ ...query, where })
    },
  }),
}))

rootConnection('organizations', {
  node: 'Organization',
  model: 'organization',
  where: (_args, { actor }) => {
    requireKnown(actor)
    return visibleOrganizations(actor)
  },
})

rootConnection('sites', {
  node: 'Site',
  model: 'site',
  args: (arg) => ({
    organizationId: arg.id(),
    labels: arg({ type: 'JSON', description: 'Sites that have all of these labels.' }),
    search: arg.string({ description: 'Part of the name or slug.' }),
    health: arg({ type: ['HealthStatus' as never], description: 'Sites that are in one of these states.' }),
  }),
  where: (args, { actor }) => {
    requireKnown(actor)
    const organizationId = optionalIdOf('Organization', args.organizationId)
    const search = args.search ? { contains: args.search, mode: 'insensitive' as const } : undefined
    return {
      AND: [
        visibleSites(actor),
        organizationId === undefined ? {} : { organizationId },
        args.health ? sitesOfHealth(actor, args.health) : {},
        search === undefined ? {} : { OR: [{ name: search }, { slug: search }] },
        ...jsonContains('labels', args.labels),
      ],
    }
  },
})
