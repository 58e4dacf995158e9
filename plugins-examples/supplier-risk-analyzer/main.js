import { definePlugin } from 'patchbay'
import { checkPerformance } from './lib/check-performance.js'
import { getRisk, listRisks, summarizeRisks, viewRisks } from './lib/routes.js'

export default definePlugin({
  routes: {
    'GET /suppliers/:id/risk': getRisk,
    'GET /risk': listRisks,
    'GET /risk/summary': summarizeRisks,
    'GET /risk/view': viewRisks,
  },

  health: (ctx) => checkPerformance(ctx.settings.performance),
})
