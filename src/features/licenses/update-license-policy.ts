import { z } from 'zod'
import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { requireKnown } from '../../auth/authorize.ts'
import { record } from '../../events/record.ts'
import { checkInput } from '../../lib/check-input.ts'
import { giveLicenses } from './give-licenses.ts'
import { keepPerpetual } from './keep-perpetual.ts'
import { licensablePlugin } from './licensable-plugin.ts'

/** A trial that is longer is a licence. */
const MAX_TRIAL_DAYS = 365

const Input = z.object({
  licensePolicy: z.object({
    trialDays: z
      .int('is a whole number')
      .min(1, 'is at least 1; null ends the trials')
      .max(MAX_TRIAL_DAYS, `is at most ${MAX_TRIAL_DAYS}`)
      .nullish(),
  }),
})

export interface LicensePolicyInput {
  required?: boolean | undefined
  perpetualFallback?: boolean | undefined
  /** Null: no trials from now on. */
  trialDays?: number | null | undefined
}

/**
 * Says whether a plugin runs only by licence, and how; what is left out stays as it is. Where a licence becomes necessary,
 * what has none stops at once, unless there is one that it may take. Needs `plugins:manage` for the plugin's owner. Returns its id.
 */
export async function updateLicensePolicy(
  app: App,
  actor: Actor,
  pluginId: string,
  policy: LicensePolicyInput,
): Promise<string> {
  requireKnown(actor)
  const plugin = await licensablePlugin(app, actor, pluginId, 'plugins:manage')
  const { trialDays } = checkInput(Input, { licensePolicy: policy }).licensePolicy
  const before = {
    licenseRequired: plugin.licenseRequired,
    perpetualFallback: plugin.perpetualFallback,
    trialDays: plugin.trialDays,
  }
  const after = {
    licenseRequired: policy.required ?? before.licenseRequired,
    perpetualFallback: policy.perpetualFallback ?? before.perpetualFallback,
    trialDays: trialDays === undefined ? before.trialDays : trialDays,
  }
  const at = app.clock.now()
  await change(app, async (tx) => {
    await tx.plugin.update({
      where: { id: pluginId },
      data: { ...after, updatedAt: at },
      select: { id: true },
    })
    await keepPerpetual(tx, { pluginId })
    if (after.licenseRequired && !before.licenseRequired) await giveLicenses(tx, app, { pluginId })
    const scope = { organizationId: plugin.ownerId, subjectId: pluginId, ...by(actor), at }
    await record(tx, 'plugin.updated', { slug: plugin.slug }, { ...scope, changed: { before, after } })
  })
  return pluginId
}
