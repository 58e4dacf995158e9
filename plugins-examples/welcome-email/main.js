import { definePlugin } from 'patchbay'
import { dailyCleanup } from './lib/daily-cleanup.js'
import { sendTest } from './lib/send-test.js'
import { readSigningKey } from './lib/signing-key.js'
import { welcomeUser } from './lib/welcome-user.js'

export default definePlugin({
  events: {
    'auth.user.created': welcomeUser,
  },
  routes: {
    'GET /ping': (ctx) => ({
      status: 200,
      body: { ok: true, plugin: ctx.plugin.id, version: ctx.plugin.version },
    }),
    'POST /send-test': sendTest,
  },
  jobs: {
    daily_cleanup: dailyCleanup,
  },

  /** Healthy where a link could be signed now. */
  health: async (ctx) => {
    try {
      await readSigningKey(ctx)
    } catch (error) {
      return { status: 'unhealthy', message: error.message }
    }
    return { status: 'healthy', message: 'links can be signed' }
  },
})
