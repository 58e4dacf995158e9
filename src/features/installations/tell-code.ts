import type { App } from '../../app.ts'
import { messageOf } from '../../lib/errors.ts'
import { BROKEN_OFF } from '../invocations/still-active.ts'
import type { Target } from '../invocations/target.ts'
import { hookDue, wouldRun } from './enablement.ts'
import { runHook, type LifecycleHook } from './lifecycle-hooks.ts'

/**
 * Calls the `onDeactivate` of what is ACTIVE and was switched off, where its code has not heard of it yet: before another takes its
 * place. What it throws stops nothing. The caller holds its claim.
 */
export async function tellOfEnd(app: App, target: Target): Promise<void> {
  if ((await hookDue(app.database.prisma, target.id, app.clock.now())) !== 'onDeactivate') return
  await takeBack(app, target, 'onDeactivate')
  await app.database.prisma.installation.updateMany({
    where: { id: target.id },
    data: { toldActive: false },
  })
}

/**
 * Calls the `onDeactivate` of an upgrade or rollback that is given up after its `onActivate` was called: not where the version
 * in force runs on, from which it would take what both have set up.
 */
export async function takeBackActivation(app: App, old: Target, candidate: Target): Promise<void> {
  const runsOn = old.status === 'ACTIVE' && (await wouldRun(app.database.prisma, old.id, app.clock.now()))
  if (!runsOn) await takeBack(app, candidate, 'onDeactivate')
}

/**
 * Calls the opposite of a hook that was called for a change which then was not made. What it throws is logged: it holds up nothing.
 * Where the emergency switch came between, no code is asked. Returns what it threw.
 */
export async function takeBack(app: App, target: Target, hook: LifecycleHook): Promise<string | null> {
  if (await wasBrokenOff(app, target.id)) return null
  try {
    await runHook(app, target, hook)
    return null
  } catch (error) {
    const failure = messageOf(error)
    app.log.warn({ installation: target.id, hook, reason: failure }, 'a hook failed in an undo')
    return failure
  }
}

async function wasBrokenOff(app: App, id: string): Promise<boolean> {
  const BROKEN = { operation: BROKEN_OFF }
  const where = { id, OR: [BROKEN, { supersedes: BROKEN }] }
  return (await app.database.prisma.installation.count({ where })) > 0
}
