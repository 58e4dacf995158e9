import type { App } from '../../app.ts'
import { SERVICE } from '../../auth/actor.ts'
import { messageOf } from '../../lib/errors.ts'
import { syncPlugins } from './sync-plugins.ts'

/**
 * Reads the plugins directory once, where there is one, in the name of the service: somebody else reviews what it
 * brings. What was refused before is not tried at each start. Nothing that goes wrong there stops the start.
 */
export async function discoverAtStart(app: App): Promise<void> {
  if (app.config.pluginsDirectory === null) return
  try {
    const { discovered, packageIds, userErrors } = await syncPlugins(app, SERVICE, { unlessRefused: true })
    const refused = userErrors.map((error) => error.message)
    app.log.info({ discovered, submitted: packageIds.length, refused }, 'the plugins directory was read')
  } catch (error) {
    app.log.error({ reason: messageOf(error) }, 'the plugins directory could not be read')
  }
}
