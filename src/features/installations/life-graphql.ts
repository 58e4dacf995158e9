import { idOf, optionalIdOf } from '../../graphql/global-id.ts'
import { mutation, mutationInput } from '../../graphql/mutation.ts'
import { entityField, payloadType, type PayloadBase } from '../../graphql/payload.ts'
import { activateInstallation } from './activate-installation.ts'
import { deactivateAll } from './deactivate-all.ts'
import { deactivateInstallation } from './deactivate-installation.ts'
import { retryInstallation } from './retry-installation.ts'
import { uninstallInstallation } from './uninstall-installation.ts'

/** Names an installation. */
export const InstallationInput = mutationInput('InstallationInput', {
  fields: (t) => ({ installationId: t.id({ required: true }) }),
})

/** The installation that was changed. */
export const InstallationPayload = payloadType<PayloadBase & { installationId?: string }>(
  'InstallationPayload',
  (t) => ({
    installation: entityField(t, 'Installation', 'installation', (payload) => payload.installationId),
  }),
)

mutation('activateInstallation', {
  description: 'Lets an installation run; its code is loaded and its onActivate called first.',
  input: InstallationInput,
  payload: InstallationPayload,
  answer: 'installationId',
  run: async (input, { app, actor }) => ({
    installationId: await activateInstallation(app, actor, idOf('Installation', input.installationId)),
  }),
})

mutation('deactivateInstallation', {
  description: 'Stops an installation, after its onDeactivate; its data and secrets stay.',
  input: InstallationInput,
  payload: InstallationPayload,
  answer: 'installationId',
  run: async (input, { app, actor }) => ({
    installationId: await deactivateInstallation(app, actor, idOf('Installation', input.installationId)),
  }),
})

mutation('retryInstallation', {
  description: 'Tries again to install what is FAILED; it is INSTALLED then, and can be activated.',
  input: InstallationInput,
  payload: InstallationPayload,
  answer: 'installationId',
  run: async (input, { app, actor }) => ({
    installationId: await retryInstallation(app, actor, idOf('Installation', input.installationId)),
  }),
})

mutation('uninstallInstallation', {
  description: 'Takes a plugin from its site, with what it has kept there; what runs is deactivated first.',
  input: mutationInput('UninstallInput', {
    fields: (t) => ({
      installationId: t.id({ required: true }),
      cascade: t.boolean({ description: 'Uninstall what depends on it as well.' }),
      keepData: t.boolean({ description: 'Keep its files, collections and secrets for a later install.' }),
      force: t.boolean({ description: 'Go on where its onDeactivate or onUninstall fails.' }),
    }),
  }),
  payload: InstallationPayload,
  answer: ({ type, subjectId }, { input }) =>
    // What depends on it may go before, and it may be deactivated first.
    type === 'plugin.uninstalled' && subjectId === idOf('Installation', input.installationId)
      ? { installationId: subjectId }
      : null,
  resumes: true,
  run: async (input, { app, actor }) => ({
    installationId: await uninstallInstallation(app, actor, {
      installationId: idOf('Installation', input.installationId),
      cascade: input.cascade ?? false,
      keepData: input.keepData ?? false,
      force: input.force ?? false,
    }),
  }),
})

mutation('deactivateAll', {
  description:
    'The emergency switch: stops all that runs at a site, in an organization or on the platform, whatever the plugins do.',
  input: mutationInput('DeactivateAllInput', {
    fields: (t) => ({
      organizationId: t.id({ description: 'Neither this nor a site: the whole platform.' }),
      siteId: t.id(),
      reason: t.string({ required: true }),
    }),
  }),
  payload: payloadType<PayloadBase & { deactivated?: number }>('DeactivateAllPayload', (t) => ({
    deactivated: t.int({
      description: 'Installations that were ACTIVE.',
      resolve: (payload) => payload.deactivated ?? 0,
    }),
  })),
  resumes: true,
  run: async (input, { app, actor }) => ({
    deactivated: await deactivateAll(app, actor, {
      organizationId: optionalIdOf('Organization', input.organizationId),
      siteId: optionalIdOf('Site', input.siteId),
      reason: input.reason,
    }),
  }),
})
