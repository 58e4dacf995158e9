import { ReviewDecision } from '../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { idOf } from '../../graphql/global-id.ts'
import { entityField, mutation, payloadType, type PayloadBase } from '../../graphql/mutation.ts'
import { visiblePackages } from '../packages/policy.ts'
import { approvePackage } from './approve-package.ts'
import { rejectPackage } from './reject-package.ts'
import { startReview } from './start-review.ts'

const Decision = builder.enumType('ReviewDecision', { values: Object.values(ReviewDecision) })

builder.prismaNode('Review', {
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, context) => ({ id, package: visiblePackages(context.actor) }),
  select: { id: true },
  fields: (t) => ({
    decision: t.expose('decision', { type: Decision }),
    comment: t.exposeString('comment', { nullable: true }),
    at: t.expose('at', { type: 'DateTime' }),
  }),
})

const PackagePayload = payloadType<PayloadBase & { packageId?: string }>('PackagePayload', (t) => ({
  package: entityField(t, 'Package', 'package', (payload) => payload.packageId),
}))

mutation('startReview', {
  description: 'Takes a submitted package into review. Needs REVIEWER or ADMIN on the platform.',
  input: builder.inputType('StartReviewInput', { fields: (t) => ({ packageId: t.id({ required: true }) }) }),
  payload: PackagePayload,
  run: async (input, { app, actor }) => ({
    packageId: await startReview(app, actor, idOf('Package', input.packageId)),
  }),
})

mutation('approvePackage', {
  description: 'Lets a package be installed, with the permissions that are granted to it.',
  input: builder.inputType('ApprovePackageInput', {
    fields: (t) => ({
      packageId: t.id({ required: true }),
      comment: t.string(),
      grantedPermissions: t.stringList({
        description: 'Permissions that are granted; all that the manifest asks for where left out.',
      }),
    }),
  }),
  payload: PackagePayload,
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
  input: builder.inputType('RejectPackageInput', {
    fields: (t) => ({ packageId: t.id({ required: true }), reason: t.string({ required: true }) }),
  }),
  payload: PackagePayload,
  run: async (input, { app, actor }) => ({
    packageId: await rejectPackage(app, actor, { ...input, packageId: idOf('Package', input.packageId) }),
  }),
})
