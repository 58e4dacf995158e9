import { builder } from '../../graphql/builder.ts'
import { idOf, optionalIdOf } from '../../graphql/global-id.ts'
import { mutation, mutationInput } from '../../graphql/mutation.ts'
import { entityField, payloadType, type PayloadBase } from '../../graphql/payload.ts'
import type { JsonValue } from '../../lib/json.ts'
import { applyFilter } from './apply-filter.ts'
import { dispatchHook, type HandlerResult, type HookOutcome } from './dispatch-hook.ts'
import { emitEvent } from './emit-event.ts'
import { runJob } from './run-job.ts'

const HookResult = builder.objectRef<HandlerResult>('HookResult').implement({
  fields: (t) => ({
    installation: t.prismaField({
      type: 'Installation',
      resolve: (query, { installationId }, _args, { app }) =>
        app.database.prisma.installation.findUniqueOrThrow({ ...query, where: { id: installationId } }),
    }),
    invocation: t.prismaField({
      type: 'Invocation',
      resolve: (query, { invocationId }, _args, { app }) =>
        app.database.prisma.invocation.findUniqueOrThrow({ ...query, where: { id: invocationId } }),
    }),
    value: t.field({ type: 'JSON', nullable: true, resolve: (result) => result.value }),
  }),
})

const DispatchHookPayload = payloadType<PayloadBase & Partial<HookOutcome>>('DispatchHookPayload', (t) => ({
  aborted: t.boolean({ resolve: (payload) => Boolean(payload.abortedBy) }),
  abortedBy: entityField(t, 'Plugin', 'plugin', (payload) => payload.abortedBy?.pluginId),
  abortReason: t.string({ nullable: true, resolve: (payload) => payload.abortedBy?.reason ?? null }),
  results: t.field({ type: [HookResult], resolve: (payload) => payload.results ?? [] }),
}))

mutation('dispatchHook', {
  description:
    'Calls every plugin at the site that subscribes to the hook, in order; a plugin may abort the workflow.',
  input: mutationInput('DispatchHookInput', {
    fields: (t) => ({
      siteId: t.id({ required: true }),
      hook: t.string({ required: true }),
      payload: t.field({ type: 'JSON', required: true }),
    }),
  }),
  payload: DispatchHookPayload,
  run: async (input, { app, actor }) =>
    await dispatchHook(app, actor, {
      siteId: idOf('Site', input.siteId),
      hook: input.hook,
      payload: input.payload ?? null,
    }),
})

interface FilterPayload extends PayloadBase {
  value?: JsonValue
  results?: HandlerResult[]
}

const ApplyFilterPayload = payloadType<FilterPayload>('ApplyFilterPayload', (t) => ({
  value: t.field({ type: 'JSON', nullable: true, resolve: (payload) => payload.value ?? null }),
  results: t.field({ type: [HookResult], resolve: (payload) => payload.results ?? [] }),
}))

mutation('applyFilter', {
  description:
    "Passes a value through every plugin at the site that filters it, each over the last one's answer.",
  input: mutationInput('ApplyFilterInput', {
    fields: (t) => ({
      siteId: t.id({ required: true }),
      filter: t.string({ required: true }),
      value: t.field({ type: 'JSON', required: true }),
    }),
  }),
  payload: ApplyFilterPayload,
  run: async (input, { app, actor }) =>
    await applyFilter(app, actor, {
      siteId: idOf('Site', input.siteId),
      filter: input.filter,
      value: input.value ?? null,
    }),
})

const RunJobPayload = payloadType<PayloadBase & { invocationId?: string }>('RunJobPayload', (t) => ({
  invocation: entityField(t, 'Invocation', 'invocation', (payload) => payload.invocationId),
}))

mutation('runJob', {
  description: 'Runs a job of an installation now.',
  input: mutationInput('RunJobInput', {
    fields: (t) => ({
      installationId: t.id({ required: true }),
      job: t.string({ required: true }),
      payload: t.field({ type: 'JSON' }),
      wait: t.boolean({
        defaultValue: true,
        description: 'Wait for its end (the default), or only queue it.',
      }),
    }),
  }),
  payload: RunJobPayload,
  answer: 'invocationId',
  run: async (input, { app, actor }) => ({
    invocationId: await runJob(app, actor, {
      installationId: idOf('Installation', input.installationId),
      job: input.job,
      payload: input.payload ?? undefined,
      wait: input.wait ?? true,
    }),
  }),
})

const EmitEventPayload = payloadType<PayloadBase & { eventId?: string; subscribers?: number }>(
  'EmitEventPayload',
  (t) => ({
    event: entityField(t, 'Event', 'event', (payload) => payload.eventId),
    subscribers: t.int({
      description: 'Plugins and webhooks that will get it.',
      resolve: (payload) => payload.subscribers ?? 0,
    }),
  }),
)

mutation('emitEvent', {
  description: 'Tells the plugins of an organization, or of one site, what happened in the host.',
  input: mutationInput('EmitEventInput', {
    description: "Without an organization or site: the principal's only organization, else BAD_USER_INPUT.",
    fields: (t) => ({
      type: t.string({ required: true }),
      payload: t.field({ type: 'JSON', required: true }),
      organizationId: t.id(),
      siteId: t.id(),
    }),
  }),
  payload: EmitEventPayload,
  run: async (input, { app, actor }) =>
    await emitEvent(app, actor, {
      type: input.type,
      payload: input.payload ?? null,
      organizationId: optionalIdOf('Organization', input.organizationId),
      siteId: optionalIdOf('Site', input.siteId),
    }),
})
