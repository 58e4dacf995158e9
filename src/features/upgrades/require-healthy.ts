import { setTimeout } from 'node:timers/promises'
import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { RequestError, UserError } from '../../lib/errors.ts'
import { askHealth } from '../health/ask-health.ts'
import { rollBackUnhealthy } from './roll-back-unhealthy.ts'

/** Asks a plugin for its health right after its upgrade, and puts the former version back where it is unhealthy: SANDBOX_ERROR. */
export async function requireHealthy(app: App, actor: Actor, installationId: string): Promise<void> {
  const health = await askHealth(app, installationId)
  if (health?.status !== 'UNHEALTHY') return
  const reason = health.message ?? 'It gave no reason.'
  for (let count = 1; !(await goBack(app, actor, { installationId, reason })) && count < TRIES; count++)
    await setTimeout(PAUSE_MS)
  throw new UserError('SANDBOX_ERROR', `It was unhealthy, and its former version is put back: ${reason}`)
}

/** Who is told that it goes back finds it so, as long as that takes no longer than 10 s. */
const TRIES = 100
const PAUSE_MS = 100

/** False: somebody else is just at it, most often the queue, by what was told of its health. */
async function goBack(
  app: App,
  actor: Actor,
  unhealthy: { installationId: string; reason: string },
): Promise<boolean> {
  try {
    await rollBackUnhealthy(app, unhealthy, actor)
    return true
  } catch (error) {
    if (error instanceof RequestError && error.code === 'CONFLICT') return false
    throw error
  }
}
