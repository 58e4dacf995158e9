import { builder } from '../../graphql/builder.ts'
import { optionalIdOf } from '../../graphql/global-id.ts'
import { mutation, mutationInput } from '../../graphql/mutation.ts'
import { payloadType, type PayloadBase } from '../../graphql/payload.ts'
import { Principal, principalOf } from '../../graphql/principal.ts'
import { deleteSecret } from './delete-secret.ts'
import { secretOwner } from './secret-owner.ts'
import { setSecret } from './set-secret.ts'

const SecretInfo = builder.prismaObject('Secret', {
  name: 'SecretInfo',
  description: 'That there is a secret, never what it is.',
  select: { id: true },
  fields: (t) => ({
    key: t.exposeString('key'),
    version: t.exposeInt('version'),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    updatedBy: t.field({
      type: Principal,
      nullable: true,
      select: { updatedById: true },
      resolve: ({ updatedById }) => principalOf(updatedById),
    }),
  }),
})

builder.queryField('secrets', (t) =>
  t.prismaField({
    type: [SecretInfo],
    description:
      'Names of the secrets of an installation, of an organization and plugin, or of an organization alone.',
    args: { installationId: t.arg.id(), organizationId: t.arg.id(), pluginId: t.arg.id() },
    resolve: async (query, _root, args, { app, actor }) => {
      const { organizationId, pluginId, siteId } = await secretOwner(app, actor, idsOf(args))
      return app.database.prisma.secret.findMany({
        ...query,
        where: { organizationId, pluginId, siteId },
        orderBy: { key: 'asc' },
        take: 500,
      })
    },
  }),
)

const SecretPayload = payloadType<PayloadBase & { secretId?: string }>('SecretPayload', (t) => ({
  secret: t.prismaField({
    type: SecretInfo,
    nullable: true,
    resolve: (query, { secretId }, _args, { app }) => {
      const selection = { ...query }
      if (secretId === undefined) return null
      return app.database.prisma.secret.findUnique({ ...selection, where: { id: secretId } })
    },
  }),
}))

mutation('setSecret', {
  description: 'Keeps a secret, encrypted; its value is never told again.',
  input: mutationInput('SetSecretInput', {
    description:
      'Of one installation; of an organization and plugin, which its sites inherit; or of an organization alone, for its webhooks.',
    fields: (t) => ({
      installationId: t.id(),
      organizationId: t.id(),
      pluginId: t.id(),
      key: t.string({ required: true }),
      value: t.string({ required: true }),
    }),
  }),
  payload: SecretPayload,
  run: async (input, { app, actor }) => ({
    secretId: await setSecret(app, actor, { ...idsOf(input), key: input.key, value: input.value }),
  }),
})

mutation('deleteSecret', {
  description: 'Removes a secret for good; plugins and webhooks that need it fail from then on.',
  input: mutationInput('DeleteSecretInput', {
    description: 'As for setSecret.',
    fields: (t) => ({
      installationId: t.id(),
      organizationId: t.id(),
      pluginId: t.id(),
      key: t.string({ required: true }),
    }),
  }),
  payload: SecretPayload,
  run: async (input, { app, actor }) => {
    await deleteSecret(app, actor, { ...idsOf(input), key: input.key })
    return {}
  },
})

function idsOf(args: {
  installationId?: string | null | undefined
  organizationId?: string | null | undefined
  pluginId?: string | null | undefined
}) {
  return {
    installationId: optionalIdOf('Installation', args.installationId),
    organizationId: optionalIdOf('Organization', args.organizationId),
    pluginId: optionalIdOf('Plugin', args.pluginId),
  }
}
