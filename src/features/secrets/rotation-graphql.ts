import { mutation, mutationInput } from '../../graphql/mutation.ts'
import { payloadType, type PayloadBase } from '../../graphql/payload.ts'
import { rotateMasterKey } from './rotate-master-key.ts'

mutation('rotateMasterKey', {
  description:
    'Brings a new master key into force and seals anew what was sealed under the one before, while the service runs; asked again, it goes on where it was broken off.',
  input: mutationInput('RotateMasterKeyInput', {
    description: 'Which key comes is configuration.',
    fields: () => ({}),
  }),
  payload: payloadType<PayloadBase & { keyId?: string; rewrapped?: number }>(
    'RotateMasterKeyPayload',
    (t) => ({
      keyId: t.string({
        nullable: true,
        description: 'Name of the key that is in force now; it tells nothing of the key.',
        resolve: ({ keyId }) => keyId ?? null,
      }),
      rewrapped: t.int({
        description: 'Values that were sealed anew.',
        resolve: ({ rewrapped }) => rewrapped ?? 0,
      }),
    }),
  ),
  answer: ({ type, payload }) =>
    // That it has begun is told as well.
    type === 'secret.key_rotated'
      ? { keyId: payload['to'] as string, rewrapped: payload['rewrapped'] as number }
      : null,
  resumes: true,
  run: async (_input, { app, actor }) => ({ ...(await rotateMasterKey(app, actor)) }),
})
