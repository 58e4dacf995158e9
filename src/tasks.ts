import type { TaskList } from 'graphile-worker'
import { z } from 'zod'
import type { App } from './app.ts'
import type { Enqueue } from './events/relay.ts'
import { deployToTarget } from './features/deployments/deploy-to-target.ts'
import { deliverWebhook } from './features/deliveries/deliver-webhook.ts'
import { deliverEvent } from './features/execution/deliver-event.ts'
import { runQueuedJob } from './features/execution/run-queued-job.ts'
import { runSwitchHook } from './features/installations/run-switch-hook.ts'
import { tellRevoked } from './features/installations/tell-revoked.ts'
import { tellSwitched } from './features/installations/tell-switched.ts'
import { rollBackUnhealthy } from './features/upgrades/roll-back-unhealthy.ts'
import { parsedJson } from './lib/parsed-json.ts'
import { queueTask, type Task } from './platform/task.ts'

function task<Schema extends z.ZodType>(definition: Task<App, Schema>): Task<App, Schema> {
  return definition
}

/** Every job that the queue knows. */
const TASKS = {
  deliverEvent: task({
    payload: z.object({ eventId: z.uuid(), installationId: z.uuid() }),
    // How often its handler is called is counted by the delivery; these are for a database that is away.
    maxAttempts: 25,
    run: deliverEvent,
  }),
  deliverWebhook: task({
    payload: z.object({ deliveryId: z.uuid() }),
    // The delivery counts its own; these are for a database that is away.
    maxAttempts: 25,
    run: deliverWebhook,
  }),
  runQueuedJob: task({
    payload: z.object({
      invocationId: z.uuid(),
      installationId: z.uuid(),
      job: z.string(),
      payload: parsedJson,
    }),
    maxAttempts: 25,
    run: (app, { payload, ...queued }) => runQueuedJob(app, { ...queued, payload }),
  }),
  tellRevoked: task({
    payload: z.object({
      packageId: z.uuid(),
      reason: z.string(),
      deactivate: z.boolean(),
      actorId: z.uuid().nullable(),
    }),
    maxAttempts: 8,
    run: tellRevoked,
  }),
  tellSwitched: task({
    payload: z.object({
      switchId: z.uuid(),
      pluginId: z.uuid(),
      organizationId: z.uuid().nullable(),
      enabled: z.boolean(),
      actorId: z.uuid().nullable(),
    }),
    maxAttempts: 8,
    run: tellSwitched,
  }),
  runSwitchHook: task({
    payload: z.object({ installationId: z.uuid() }),
    maxAttempts: 8,
    run: runSwitchHook,
  }),
  rollBackUnhealthy: task({
    payload: z.object({ installationId: z.uuid(), reason: z.string() }),
    maxAttempts: 8,
    run: (app, unhealthy) => rollBackUnhealthy(app, unhealthy),
  }),
  deployToTarget: task({
    payload: z.object({ targetId: z.uuid() }),
    maxAttempts: 5,
    run: (app, { targetId }) => deployToTarget(app, targetId),
  }),
}

type TaskName = keyof typeof TASKS

/** A job of one of our tasks, with a payload that fits it. */
export function taskOf<Name extends TaskName>(
  name: Name,
  payload: z.input<(typeof TASKS)[Name]['payload']>,
  key: string,
): Enqueue {
  return { task: name, payload, key, maxAttempts: TASKS[name].maxAttempts }
}

/** Those that wait for servers of strangers have workers of their own, so that no other job waits behind them. */
const GOING_OUT: readonly string[] = ['deliverWebhook']

/** The tasks as graphile-worker takes them: those that wait for servers of strangers, or the others. */
export function taskList(app: App, part: 'inside' | 'going out' = 'inside'): TaskList {
  const tasks = Object.entries(TASKS).filter(([name]) => GOING_OUT.includes(name) === (part === 'going out'))
  return Object.fromEntries(
    tasks.map(([name, definition]) => [
      name,
      queueTask(app, name, definition as unknown as Task<App, z.ZodType>),
    ]),
  )
}
