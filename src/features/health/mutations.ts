import { builder } from '../../graphql/builder.ts'
import { idOf } from '../../graphql/global-id.ts'
import { mutation, mutationInput } from '../../graphql/mutation.ts'
import { payloadType, type PayloadBase } from '../../graphql/payload.ts'
import { HealthStatusEnum } from '../installations/graphql.ts'
import { recordHealth } from './record-health.ts'

const HealthSampleInput = builder.inputType('HealthSampleInput', {
  fields: (t) => ({
    installationId: t.id({ required: true }),
    recordedAt: t.field({ type: 'DateTime' }),
    status: t.field({ type: HealthStatusEnum }),
    errorCount: t.int(),
    warningCount: t.int(),
    avgExecutionTime: t.float(),
    memoryUsage: t.float(),
    cpuUsage: t.float(),
    invocations: t.int(),
  }),
})

const RecordHealthPayload = payloadType<PayloadBase & { accepted?: number }>('RecordHealthPayload', (t) => ({
  accepted: t.int({ resolve: (payload) => payload.accepted ?? 0 }),
}))

mutation('recordHealth', {
  description: 'Takes measurements from outside: all of a batch, or none of it.',
  input: mutationInput('RecordHealthInput', {
    fields: (t) => ({ samples: t.field({ type: [HealthSampleInput], required: true }) }),
  }),
  payload: RecordHealthPayload,
  measures: true,
  run: async (input, { app, actor }) => ({
    accepted: await recordHealth(
      app,
      actor,
      input.samples.map((sample) => ({
        ...sample,
        installationId: idOf('Installation', sample.installationId),
      })),
    ),
  }),
})
