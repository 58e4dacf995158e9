import { definePlugin } from 'patchbay'
import { nearDeadlines } from './lib/near-deadlines.js'

export default definePlugin({
  jobs: {
    'nightly-look': async (ctx) => {
      const { deadlines, days } = ctx.settings
      const near = nearDeadlines(deadlines, days, Date.now())
      for (const deadline of near) await ctx.events.emit(`${ctx.plugin.id}.deadline.near`, deadline)
      return { told: near.length }
    },
  },
})
