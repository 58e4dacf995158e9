import { requireSomewhere } from '../../auth/authorize.ts'
import { DeploymentStatus, DeploymentTargetStatus, DeploymentType } from '../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { relatedConnection, rootConnection } from '../../graphql/connection.ts'
import { idOf, optionalIdOf } from '../../graphql/global-id.ts'
import { mutation, mutationInput } from '../../graphql/mutation.ts'
import { entityField, payloadType, type PayloadBase } from '../../graphql/payload.ts'
import { OLDEST_FIRST } from '../../graphql/page.ts'
import { Principal, principalOf } from '../../graphql/principal.ts'
import { createDeployment } from './create-deployment.ts'
import { visibleDeployments } from './policy.ts'
import { loadProgress, type Progress } from './progress.ts'

const TypeEnum = builder.enumType('DeploymentType', { values: Object.values(DeploymentType) })
const StatusEnum = builder.enumType('DeploymentStatus', { values: Object.values(DeploymentStatus) })
const TargetStatusEnum = builder.enumType('DeploymentTargetStatus', {
  values: Object.values(DeploymentTargetStatus),
})

const DeploymentProgress = builder.objectRef<Progress>('DeploymentProgress').implement({
  fields: (t) => ({
    total: t.exposeInt('total'),
    pending: t.exposeInt('pending'),
    running: t.exposeInt('running'),
    succeeded: t.exposeInt('succeeded'),
    failed: t.exposeInt('failed'),
    skipped: t.exposeInt('skipped'),
    fraction: t.float({
      description: '0 to 1',
      resolve: ({ total, pending, running }) => (total === 0 ? 1 : (total - pending - running) / total),
    }),
  }),
})

builder.prismaNode('Deployment', {
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, { actor }) => ({ id, AND: [visibleDeployments(actor)] }),
  select: { id: true },
  fields: (t) => ({
    type: t.expose('type', { type: TypeEnum }),
    status: t.expose('status', { type: StatusEnum }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    createdBy: t.field({
      type: Principal,
      nullable: true,
      select: { createdById: true },
      resolve: ({ createdById }) => principalOf(createdById),
    }),
    plugin: t.relation('plugin'),
    package: t.relation('package', { nullable: true, description: 'What the targets get.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true }),
    progress: t.field({
      type: DeploymentProgress,
      select: { id: true },
      resolve: ({ id }, _args, { app }) => loadProgress(app, id),
    }),
    statusReason: t.exposeString('statusReason', {
      nullable: true,
      description: 'Why it stopped, where it did not complete.',
    }),
  }),
})

builder.prismaNode('DeploymentTarget', {
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, { actor }) => ({ id, deployment: visibleDeployments(actor) }),
  select: { id: true },
  fields: (t) => ({
    site: t.relation('site'),
    status: t.expose('status', { type: TargetStatusEnum }),
    installation: t.relation('installation', { nullable: true }),
    previousInstallation: t.relation('previousInstallation', { nullable: true }),
    attempts: t.exposeInt('attempts'),
    error: t.exposeString('error', { nullable: true }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true }),
  }),
})

relatedConnection('Deployment', 'targets', {
  node: 'DeploymentTarget',
  model: 'deploymentTarget',
  order: OLDEST_FIRST,
  ofParent: (deploymentId) => ({ deploymentId }),
  args: (arg) => ({ status: arg({ type: [TargetStatusEnum] }) }),
  where: (args) => (args.status ? { status: { in: args.status } } : {}),
})

const DeploymentFilter = builder.inputType('DeploymentFilter', {
  fields: (t) => ({
    status: t.field({ type: [StatusEnum] }),
    packageId: t.id(),
    pluginId: t.id(),
    siteId: t.id(),
  }),
})

rootConnection('deployments', {
  node: 'Deployment',
  model: 'deployment',
  args: (arg) => ({ filter: arg({ type: DeploymentFilter }) }),
  where: ({ filter }, { actor }) => {
    requireSomewhere(actor, 'installations:read')
    const packageId = optionalIdOf('Package', filter?.packageId)
    const pluginId = optionalIdOf('Plugin', filter?.pluginId)
    const siteId = optionalIdOf('Site', filter?.siteId)
    return {
      AND: [
        visibleDeployments(actor),
        filter?.status ? { status: { in: filter.status } } : {},
        packageId === undefined ? {} : { packageId },
        pluginId === undefined ? {} : { pluginId },
        siteId === undefined ? {} : { targets: { some: { siteId } } },
      ],
    }
  },
})

const DeploymentPayload = payloadType<PayloadBase & { deploymentId?: string }>('DeploymentPayload', (t) => ({
  deployment: entityField(t, 'Deployment', 'deployment', (payload) => payload.deploymentId),
}))

mutation('createDeployment', {
  description:
    'Takes a package to sites: installed where it is not there, upgraded where an older version is.',
  input: mutationInput('CreateDeploymentInput', {
    fields: (t) => ({
      type: t.field({ type: TypeEnum, required: true }),
      packageId: t.id({ description: 'What the sites get.' }),
      siteIds: t.idList(),
      configuration: t.field({ type: 'JSON' }),
      activate: t.boolean({ description: 'Whether it runs afterwards; it does where left out.' }),
    }),
  }),
  payload: DeploymentPayload,
  answer: 'deploymentId',
  run: async (input, { app, actor }) => ({
    deploymentId: await createDeployment(app, actor, {
      type: input.type,
      packageId: idOf('Package', input.packageId ?? ''),
      siteIds: (input.siteIds ?? []).map((id) => idOf('Site', id)),
      configuration: input.configuration ?? undefined,
      activate: input.activate ?? undefined,
    }),
  }),
})
