import type { App } from '../../app.ts'
import { messageOf } from '../../lib/errors.ts'
import type { PluginResult } from '../../runtime/plugin-call.ts'
import { wasStopped } from '../../runtime/stopped-code.ts'
import type { Circuited } from './circuit.ts'
import { noteFailure } from './note-failure.ts'
import { noteSuccess } from './note-success.ts'
import { releaseTrial } from './release-trial.ts'

/**
 * Tells an installation's circuit what came of a call. A plugin that aborts, or throws a PluginError, says something on
 * purpose: it works. What was stopped, or brought down by another call, says nothing.
 */
export async function noteResult(
  app: App,
  installation: Circuited,
  result: PluginResult,
  isTrial: boolean,
): Promise<void> {
  const { outcome, error } = result
  const works = outcome === 'OK' || outcome === 'ABORTED' || error?.isPluginError === true
  try {
    if (works) await noteSuccess(app, installation, isTrial)
    else if (!wasStopped(result) && result.carriedAlong === undefined)
      await noteFailure(app, installation, isTrial)
    else if (isTrial) await releaseTrial(app, installation.id)
  } catch (reason) {
    // The call was made all the same, and its caller gets what came of it.
    app.log.error({ installation: installation.id, reason: messageOf(reason) }, 'a circuit was not told')
  }
}
