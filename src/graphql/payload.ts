import type { ObjectRef } from '@pothos/core'
import type { UserError } from '../lib/errors.ts'
import { builder, type Types } from './builder.ts'
import type { Context } from './context.ts'
import { UserErrorType } from './user-error.ts'

/** What every payload carries beside what changed. */
export interface PayloadBase {
  userErrors?: readonly UserError[]
}

/** A payload type: `Shape` holds ids of what changed, and its fields load the objects as the request selects them. */
export function payloadType<Shape extends PayloadBase>(
  name: string,
  fields: (t: PothosSchemaTypes.ObjectFieldBuilder<Types, Shape>) => object,
): ObjectRef<Types, Shape> {
  return builder.objectRef<Shape>(name).implement({
    fields: (t) => ({
      ...fields(t),
      userErrors: t.field({
        type: [UserErrorType],
        description: 'What the caller can mend; where there is any, nothing was changed.',
        // Plain objects: a value that is an Error would be taken for a failure of the field.
        resolve: (payload) =>
          (payload.userErrors ?? []).map(({ code, message, field }) => ({ code, message, field })),
      }),
    }),
  })
}

/** Models whose objects payloads carry, by their names in the graph. */
type EntityModel = {
  Organization: 'organization'
  Site: 'site'
  ApiKey: 'apiKey'
  Package: 'package'
  Installation: 'installation'
  Deployment: 'deployment'
  Invocation: 'invocation'
  Event: 'event'
  Plugin: 'plugin'
  PublisherKey: 'publisherKey'
  Rating: 'rating'
  Registry: 'registry'
  User: 'user'
  License: 'license'
  OrganizationPluginConfig: 'organizationPluginConfig'
  Webhook: 'webhook'
  WebhookDelivery: 'webhookDelivery'
}

/** A field of a payload that loads, by its id, an object which the mutation has just changed. */
export function entityField<Shape extends PayloadBase, Type extends keyof EntityModel>(
  t: PothosSchemaTypes.ObjectFieldBuilder<Types, Shape>,
  type: Type,
  model: EntityModel[Type],
  idOfPayload: (payload: Shape) => string | undefined,
) {
  return t.prismaField({
    type: type as 'Organization',
    nullable: true,
    resolve: (query: object, payload: Shape, _args: unknown, context: Context) => {
      const id = idOfPayload(payload)
      const delegate = context.app.database.prisma[model] as unknown as FindsOne
      const selection = { ...query }
      return id === undefined ? null : delegate.findUnique({ ...selection, where: { id } })
    },
  })
}

interface FindsOne {
  findUnique(query: object): Promise<never>
}
