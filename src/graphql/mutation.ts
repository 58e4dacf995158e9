import type { InputFieldMap, InputRef, ObjectRef } from '@pothos/core'
import type { Actor } from '../auth/actor.ts'
import type { ToldChange } from '../events/attempt.ts'
import { UserError, UserErrors } from '../lib/errors.ts'
import type { Tx } from '../platform/database.ts'
import { builder, type Types } from './builder.ts'
import type { Context } from './context.ts'
import { audited } from './mutations/audited.ts'
import { once } from './mutations/once.ts'
import type { PayloadBase } from './payload.ts'

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
