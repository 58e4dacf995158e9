import { definePlugin } from 'patchbay'
import { greet } from './lib/greet.js'

export default definePlugin({
  events: {
    'auth.user.created': async (ctx, event) => {
      const message = greet(ctx.settings.greeting, event.payload)
      await ctx.events.emit(`${ctx.plugin.id}.greeting.ready`, { user: event.payload.id, message })
    },
  },

  routes: {
    'GET /ping': (ctx) => ({ status: 200, body: { ok: true, version: ctx.plugin.version } }),
  },
})
