import { idOf, optionalIdOf } from '../../graphql/global-id.ts'
import { mutation, mutationInput } from '../../graphql/mutation.ts'
import { deprecatePackage } from './deprecate-package.ts'
import { PackagePayload } from './payload-graphql.ts'
import { unyankPackage, yankPackage } from './yank-package.ts'

mutation('deprecatePackage', {
  description:
    "Advises against a version, and names the plugin to use instead; it can still be installed. For the plugin's publishers and for reviewers.",
  input: mutationInput('DeprecatePackageInput', {
    fields: (t) => ({
      packageId: t.id({ required: true }),
      message: t.string({ description: 'Why; null takes the deprecation back.' }),
      replacementPluginId: t.id(),
    }),
  }),
  payload: PackagePayload,
  answer: 'packageId',
  run: async (input, { app, actor }) => ({
    packageId: await deprecatePackage(app, actor, {
      packageId: idOf('Package', input.packageId),
      message: input.message ?? null,
      replacementPluginId: optionalIdOf('Plugin', input.replacementPluginId),
    }),
  }),
})

mutation('yankPackage', {
  description:
    "Takes a version out of use for new installations; what is installed runs on. For the plugin's publishers and for reviewers.",
  input: mutationInput('YankPackageInput', {
    fields: (t) => ({ packageId: t.id({ required: true }), reason: t.string({ required: true }) }),
  }),
  payload: PackagePayload,
  answer: 'packageId',
  run: async (input, { app, actor }) => ({
    packageId: await yankPackage(app, actor, { ...input, packageId: idOf('Package', input.packageId) }),
  }),
})

mutation('unyankPackage', {
  description: 'Lets a yanked version be installed again.',
  input: mutationInput('UnyankPackageInput', {
    fields: (t) => ({ packageId: t.id({ required: true }) }),
  }),
  payload: PackagePayload,
  answer: 'packageId',
  run: async (input, { app, actor }) => ({
    packageId: await unyankPackage(app, actor, idOf('Package', input.packageId)),
  }),
})
