import { ReviewDecision } from '../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { idOf, optionalIdOf } from '../../graphql/global-id.ts'
import { loaderOf } from '../../graphql/loaders.ts'
import { mutation, mutationInput } from '../../graphql/mutation.ts'
import { entityField, payloadType, type PayloadBase } from '../../graphql/payload.ts'
import { Principal, principalOf } from '../../graphql/principal.ts'
import { PackagePayload } from '../packages/payload-graphql.ts'
import { visiblePackages } from '../packages/policy.ts'
import { approvalsNeeded, approvalCounter } from './approvals.ts'
import { approvePackage } from './approve-package.ts'
import { promotePackage } from './promote-package.ts'
import { rejectPackage } from './reject-package.ts'
import { revokePackage } from './revoke-package.ts'
import { startReview } from './start-review.ts'

const Decision = builder.enumType('ReviewDecision', { values: Object.values(ReviewDecision) })
const COUNTER = Symbol('approvals of packages')

builder.prismaNode('Review', {
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, context) => ({ id, package: visiblePackages(context.actor) }),
  select: { id: true },
  fields: (t) => ({
    decision: t.expose('decision', { type: Decision }),
    reviewer: t.field({
      type: Principal,
      nullable: true,
      select: { reviewerId: true },
      resolve: ({ reviewerId }) => principalOf(reviewerId),
    }),
    comment: t.exposeString('comment', { nullable: true }),
    at: t.expose('at', { type: 'DateTime' }),
  }),
})

builder.prismaObjectFields('Package', (t) => ({
  approvalsNeeded: t.int({
    description: 'Different reviewers who must approve it: two where its risk is HIGH, else one.',
    select: { riskLevel: true },
    resolve: ({ riskLevel }, _args, { app }) => approvalsNeeded(app, riskLevel),
  }),
  approvalsGiven: t.int({
    description: 'Different reviewers who have approved it so far.',
    select: { id: true },
    resolve: async ({ id }, _args, { app, loaders }) =>
      await loaderOf(loaders, COUNTER, () => approvalCounter(app)).load(id),
  }),
}))

mutation('startReview', {
  description: "Takes a submitted package into review. For the registry's reviewers and admins.",
  input: mutationInput('StartReviewInput', { fields: (t) => ({ packageId: t.id({ required: true }) }) }),
  payload: PackagePayload,
  answer: 'packageId',
  run: async (input, { app, actor }) => ({
    packageId: await startReview(app, actor, idOf('Package', input.packageId)),
  }),
})

mutation('approvePackage', {
  description:
    'Lets a package be installed, with the permissions that are granted to it. Where its risk is HIGH, a second reviewer must too; what both grant is granted.',
  input: mutationInput('ApprovePackageInput', {
    fields: (t) => ({
      packageId: t.id({ required: true }),
      comment: t.string(),
      grantedPermissions: t.stringList({
        description: 'Permissions that are granted; all that the manifest asks for where left out.',
      }),
    }),
  }),
  payload: PackagePayload,
  answer: 'packageId',
  run: async (input, { app, actor }) => ({
    packageId: await approvePackage(app, actor, {
      packageId: idOf('Package', input.packageId),
      comment: input.comment ?? undefined,
      grantedPermissions: input.grantedPermissions ?? undefined,
    }),
  }),
})

mutation('rejectPackage', {
  description: 'Refuses a package for good; its publisher reads the reason.',
  input: mutationInput('RejectPackageInput', {
    fields: (t) => ({ packageId: t.id({ required: true }), reason: t.string({ required: true }) }),
  }),
  payload: PackagePayload,
  answer: 'packageId',
  run: async (input, { app, actor }) => ({
    packageId: await rejectPackage(app, actor, { ...input, packageId: idOf('Package', input.packageId) }),
  }),
})

const RevokePackagePayload = payloadType<
  PayloadBase & { packageId?: string; lastGoodPackageId?: string | null; affectedInstallations?: number }
>('RevokePackagePayload', (t) => ({
  package: entityField(t, 'Package', 'package', (payload) => payload.packageId),
  lastGoodPackage: entityField(t, 'Package', 'package', (payload) => payload.lastGoodPackageId ?? undefined),
  affectedInstallations: t.int({ resolve: (payload) => payload.affectedInstallations ?? 0 }),
}))

mutation('revokePackage', {
  description: 'Takes an approval back: its code is stopped at once, wherever it runs.',
  input: mutationInput('RevokePackageInput', {
    description:
      'Revoking always stops the code everywhere; `deactivate` sets the installations INACTIVE as well.',
    fields: (t) => ({
      packageId: t.id({ required: true }),
      reason: t.string({ required: true }),
      deactivate: t.boolean(),
    }),
  }),
  payload: RevokePackagePayload,
  run: async (input, { app, actor }) =>
    await revokePackage(app, actor, {
      packageId: idOf('Package', input.packageId),
      reason: input.reason,
      deactivate: input.deactivate ?? false,
    }),
})

mutation('promotePackage', {
  description:
    'Takes an approved package from a DEVELOPER registry into an ENTERPRISE one, as it is. For reviewers of the latter.',
  input: mutationInput('PromotePackageInput', {
    fields: (t) => ({
      packageId: t.id({ required: true }),
      registryId: t.id({ description: "An ENTERPRISE registry; left out: the platform's." }),
    }),
  }),
  payload: PackagePayload,
  answer: 'packageId',
  run: async (input, { app, actor }) => ({
    packageId: await promotePackage(app, actor, {
      packageId: idOf('Package', input.packageId),
      registryId: optionalIdOf('Registry', input.registryId),
    }),
  }),
})
