import { definePlugin } from 'patchbay'
import { sayHello } from './lib/say-hello.js'

const secrets = ['WEBHOOK_URL', 'WEBHOOK_SIGNING_KEY']

export default definePlugin({
  jobs: {
    'say-hello': sayHello,
  },

  /** Unhealthy where a delivery could not even be tried. Both secrets are sealed to Slack's host: only their presence shows. */
  health: async (ctx) => {
    const missing = []
    for (const key of secrets) {
      if (!(await ctx.secrets.get(key))) {
        missing.push(key)
      }
    }
    return missing.length > 0
      ? { status: 'unhealthy', message: `missing secrets: ${missing.join(', ')}` }
      : { status: 'healthy', message: 'both secrets are set' }
  },
})
