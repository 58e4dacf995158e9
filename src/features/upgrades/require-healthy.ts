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
  await rollBackUnhealthy(app, { installationId, reason }, actor).catch((error: unknown) => {
    // Somebody else is at it: of what was told of its health, the queue puts the former version back.
    if (!(error instanceof RequestError) || error.code !== 'CONFLICT') throw error
  })
  throw new UserError('SANDBOX_ERROR', `It was unhealthy, and its former version is put back: ${reason}`)
}
