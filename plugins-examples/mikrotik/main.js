import { definePlugin } from 'patchbay'
import { backupDevice } from './lib/backup-device.js'
import { checkNetwork } from './lib/check-network.js'
import { provisionService } from './lib/provision-service.js'

export default definePlugin({
  hooks: {
    service_provision: provisionService,
    device_backup: backupDevice,
  },

  /** Whether the routers of the settings could serve: see {@link checkNetwork}. */
  health: (ctx) => checkNetwork(ctx.settings.routers),
})
