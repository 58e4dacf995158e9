import DataLoader from 'dataloader'
import { builder } from '../../graphql/builder.ts'
import type { Context } from '../../graphql/context.ts'
import { idOf, optionalIdOf } from '../../graphql/global-id.ts'
import { loaderOf } from '../../graphql/loaders.ts'
import { mutation, mutationInput } from '../../graphql/mutation.ts'
import { findUpdates, type Updatable } from '../installations/find-updates.ts'
import { InstallationInput, InstallationPayload } from '../installations/life-graphql.ts'
import { rollbackInstallation } from './rollback-installation.ts'
import { upgradeInstallation } from './upgrade-installation.ts'

const UPDATES = Symbol('available updates')

function updateLoader({ app, actor }: Context): DataLoader<Updatable, string | null, string> {
  return new DataLoader((installations) => findUpdates(app, actor, installations), {
    cacheKeyFn: ({ id }) => id,
  })
}

builder.prismaObjectField('Installation', 'availableUpdate', (t) =>
  t.prismaField({
    type: 'Package',
    nullable: true,
    description:
      'The highest approved version above it that the site can have and that is made for its host; null where there is none.',
    select: { id: true, siteId: true, organizationId: true },
    resolve: async (query, row, _args, context) => {
      const loader = loaderOf(context.loaders, UPDATES, () => updateLoader(context))
      // Read before it is known whether there is a package: Pothos takes a query that nobody looked at for a mistake.
      const selection = { ...query }
      const id = await loader.load(row)
      return id === null
        ? null
        : await context.app.database.prisma.package.findUnique({ ...selection, where: { id } })
    },
  }),
)

mutation('upgradeInstallation', {
  description:
    'Puts a higher version in its place, with what that needs; the former one is in force until the new one has been tried, and again where that is unhealthy.',
  input: mutationInput('UpgradeInstallationInput', {
    fields: (t) => ({
      installationId: t.id({ required: true }),
      packageId: t.id({ description: 'The version to take; left out: its availableUpdate.' }),
      configuration: t.field({
        type: 'JSON',
        description: 'Replaces the configuration; it is kept where left out.',
      }),
    }),
  }),
  payload: InstallationPayload,
  run: async (input, { app, actor }) => ({
    installationId: await upgradeInstallation(app, actor, {
      installationId: idOf('Installation', input.installationId),
      packageId: optionalIdOf('Package', input.packageId),
      configuration: input.configuration ?? undefined,
    }),
  }),
})

mutation('rollbackInstallation', {
  description:
    'Puts the version that was in force before in its place, with the configuration that it had then.',
  input: InstallationInput,
  payload: InstallationPayload,
  answer: ({ type, subjectId, payload }, { input }) =>
    // What else goes back with it is told by the same event.
    type === 'plugin.rolled_back' && payload['supersedes'] === idOf('Installation', input.installationId)
      ? { installationId: subjectId! }
      : null,
  run: async (input, { app, actor }) => ({
    installationId: await rollbackInstallation(app, actor, idOf('Installation', input.installationId)),
  }),
})
