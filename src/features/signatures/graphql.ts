import { builder } from '../../graphql/builder.ts'
import { rootConnection } from '../../graphql/connection.ts'
import { idOf, optionalIdOf } from '../../graphql/global-id.ts'
import { mutation, mutationInput } from '../../graphql/mutation.ts'
import { entityField, payloadType, type PayloadBase } from '../../graphql/payload.ts'
import { requireKnown } from '../../auth/authorize.ts'
import { visiblePublisherKeys } from './policy.ts'
import { registerPublisherKey } from './register-publisher-key.ts'
import { revokePublisherKey } from './revoke-publisher-key.ts'

builder.prismaNode('PublisherKey', {
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, context) => ({ id, AND: [visiblePublisherKeys(context.actor)] }),
  select: { id: true },
  fields: (t) => ({
    keyId: t.exposeString('keyId', { description: "The first 16 hex digits of the key's SHA-256." }),
    name: t.exposeString('name'),
    organization: t.relation('organization', {
      nullable: true,
      description: "Whose publishers sign with it; null: the platform's.",
    }),
    publicKey: t.string({
      description: 'The 32 raw bytes of the Ed25519 key, base64.',
      select: { publicKey: true },
      resolve: ({ publicKey }) => Buffer.from(publicKey).toString('base64'),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    revokedAt: t.expose('revokedAt', { type: 'DateTime', nullable: true }),
    revokeReason: t.exposeString('revokeReason', { nullable: true }),
  }),
})

rootConnection('publisherKeys', {
  description: 'Keys with which packages are signed, of those for whom you submit or review.',
  node: 'PublisherKey',
  model: 'publisherKey',
  args: (arg) => ({ organizationId: arg.id() }),
  where: ({ organizationId }, { actor }) => {
    requireKnown(actor)
    const of = optionalIdOf('Organization', organizationId)
    return { AND: [visiblePublisherKeys(actor), of === undefined ? {} : { organizationId: of }] }
  },
})

const PublisherKeyPayload = payloadType<PayloadBase & { publisherKeyId?: string }>(
  'PublisherKeyPayload',
  (t) => ({
    publisherKey: entityField(t, 'PublisherKey', 'publisherKey', (payload) => payload.publisherKeyId),
  }),
)

mutation('registerPublisherKey', {
  description: "Makes a publisher's Ed25519 public key known, with which he signs what he submits.",
  input: mutationInput('RegisterPublisherKeyInput', {
    fields: (t) => ({
      name: t.string({ required: true }),
      publicKey: t.string({ required: true, description: 'SPKI as PEM, or the 32 raw bytes in base64.' }),
      organizationId: t.id({ description: "Whose publishers sign with it. Left out: the platform's." }),
    }),
  }),
  payload: PublisherKeyPayload,
  answer: 'publisherKeyId',
  run: async (input, { app, actor }) => ({
    publisherKeyId: await registerPublisherKey(app, actor, {
      ...input,
      organizationId: optionalIdOf('Organization', input.organizationId),
    }),
  }),
})

mutation('revokePublisherKey', {
  description: 'Takes a key out of use for good: what it signed becomes KEY_REVOKED.',
  input: mutationInput('RevokePublisherKeyInput', {
    fields: (t) => ({ publisherKeyId: t.id({ required: true }), reason: t.string({ required: true }) }),
  }),
  payload: PublisherKeyPayload,
  answer: 'publisherKeyId',
  run: async (input, { app, actor }) => ({
    publisherKeyId: await revokePublisherKey(app, actor, {
      ...input,
      publisherKeyId: idOf('PublisherKey', input.publisherKeyId),
    }),
  }),
})
