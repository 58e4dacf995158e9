import type { InputFieldMap, InputRef, ObjectRef } from '@pothos/core'
import type { Actor } from '../auth/actor.ts'
import type { ToldChange } from '../events/attempt.ts'
import { UserError, UserErrors, type UserErrorCode } from '../lib/errors.ts'
import type { Tx } from '../platform/database.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { audited } from './mutations/audited.ts'
import { once } from './mutations/once.ts'

type Types = typeof builder extends PothosSchemaTypes.SchemaBuilder<infer T> ? T : never

/** What every payload carries beside what changed. */
export interface PayloadBase {
  userErrors?: readonly UserError[]
}

const CODES: Record<UserErrorCode, true> = {
  INVALID_INPUT: true,
  INVALID_STATE: true,
  NOT_FOUND: true,
  ALREADY_EXISTS: true,
  ARCHIVE_REJECTED: true,
  MANIFEST_INVALID: true,
  CHECKSUM_MISMATCH: true,
  SIGNATURE_INVALID: true,
  VERSION_EXISTS: true,
  SECURITY_FINDINGS: true,
  NOT_APPROVED: true,
  REVOKED: true,
  HOST_INCOMPATIBLE: true,
  DEPENDENCY_CONFLICT: true,
  HAS_DEPENDENTS: true,
  DOWNGRADE: true,
  SETTINGS_INVALID: true,
  SECRET_MISSING: true,
  SANDBOX_ERROR: true,
  SANDBOX_TIMEOUT: true,
  SANDBOX_OUT_OF_MEMORY: true,
  ABORTED_BY_PLUGIN: true,
  SELF_REVIEW: true,
  SIGNATURE_REQUIRED: true,
  YANKED: true,
  LICENSE_REQUIRED: true,
  LICENSE_INVALID: true,
  LICENSE_EXPIRED: true,
  LICENSE_LIMIT: true,
  PERMISSION_NOT_GRANTED: true,
  SETTING_LOCKED: true,
  CONTRIBUTION_CONFLICT: true,
  TRIAL_USED: true,
  QUOTA_EXCEEDED: true,
  PLAN_STALE: true,
  IDEMPOTENCY_KEY_REUSED: true,
  WEBHOOK_INVALID: true,
}

const UserErrorCodeEnum = builder.enumType('UserErrorCode', {
  description: 'What the caller can mend.',
  values: Object.keys(CODES) as UserErrorCode[],
})

const UserErrorType = builder
  .objectRef<Pick<UserError, 'code' | 'message' | 'field'>>('UserError')
  .implement({
    fields: (t) => ({
      code: t.field({ type: UserErrorCodeEnum, resolve: (error) => error.code }),
      message: t.exposeString('message', { description: 'What is wrong, and what to do.' }),
      field: t.stringList({
        nullable: true,
        description: 'Path in the input, e.g. ["configuration", "timeout"].',
        resolve: (error) => error.field,
      }),
    }),
  })

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

/** The input of a mutation: its own fields, and the key by which a repeat gets the first answer. */
export function mutationInput<Fields extends InputFieldMap>(
  name: string,
  options: {
    description?: string
    fields: (t: PothosSchemaTypes.InputFieldBuilder<Types, 'InputObject'>) => Fields
  },
) {
  return builder.inputType(name, {
    ...options,
    fields: (t) => ({
      ...options.fields(t),
      idempotencyKey: t.string({
        description:
          'A repeat with the same key and input within 24 h gets the first answer; with another input it is refused.',
      }),
    }),
  })
}

/** What every mutation says of itself. */
interface MutationOptions<Input extends object, Shape extends PayloadBase> {
  description: string
  payload: ObjectRef<Types, Shape>
  run: (input: Input, context: Context) => Promise<Shape>
  /** Fields of `Shape` that hold a secret: a repeat with the same idempotency key is not told them. */
  toldOnce?: readonly (keyof Shape & string)[]
  /** It only takes measurements: that it succeeded stands in the audit log once a minute. */
  measures?: boolean
  /**
   * Its answer, from the event of its last change, so that it is kept with that: a field of `Shape` that is the event's
   * subject, or a function; null where it is another change's. Left out, the operation settles its attempt itself, or a
   * repeat after the process died between change and answer is a CONFLICT.
   */
  answer?: (keyof Shape & string) | ((told: ToldChange, call: Answering<Input>) => Answered<Shape>)
  /** Where its process died amid it, a repeat goes on by running it anew. */
  resumes?: boolean
}

/** By what an answer is found: ids of rows that the change has made, for instance. */
interface Answering<Input> {
  input: Input
  actor: Actor
  tx: Tx
}

type Answered<Shape> = Shape | null | Promise<Shape | null>

/**
 * A mutation of one `input`. What `run` throws as UserError becomes the payload's `userErrors`; everything else that it
 * throws ends the request. Each leaves its entry in the audit log, and is run once for an idempotency key.
 */
export function mutation<Input extends object, Shape extends PayloadBase>(
  name: string,
  options: MutationOptions<Input, Shape> & { input: InputRef<Input> },
): void {
  builder.mutationField(name, (t) =>
    t.field({
      type: options.payload,
      description: options.description,
      args: { input: t.arg({ type: options.input, required: true }) },
      resolve: (async (_root: unknown, args: { input: Input }, context: Context) =>
        await answer(name, options, args.input, context)) as never,
    }),
  )
}

/** A mutation that takes nothing, and so no idempotency key either. */
export function mutationWithoutInput<Shape extends PayloadBase>(
  name: string,
  options: Pick<MutationOptions<object, Shape>, 'description' | 'payload'> & {
    run: (context: Context) => Promise<Shape>
  },
): void {
  const run = async (_input: object, context: Context): Promise<Shape> => await options.run(context)
  builder.mutationField(name, (t) =>
    t.field({
      type: options.payload,
      description: options.description,
      resolve: (async (_root: unknown, _args: unknown, context: Context) =>
        await answer(name, { ...options, run }, {}, context)) as never,
    }),
  )
}

async function answer<Input extends object, Shape extends PayloadBase>(
  name: string,
  { run, toldOnce = [], measures = false, answer: rule, resumes = false }: MutationOptions<Input, Shape>,
  input: Input,
  context: Context,
): Promise<PayloadBase> {
  const call = { name, input, measures }
  const answerOf = async (told: ToldChange, tx: Tx): Promise<object | null> =>
    typeof rule === 'function'
      ? await rule(told, { input, actor: context.actor, tx })
      : rule === undefined
        ? null
        : { [rule]: told.subjectId }
  const repeating = { toldOnce, resumes, answerOf }
  try {
    return await audited(context, call, (own) => once(own, call, repeating, () => run(input, own)))
  } catch (error) {
    if (error instanceof UserError) return { userErrors: [error] }
    if (error instanceof UserErrors) return { userErrors: error.errors }
    throw error
  }
}
