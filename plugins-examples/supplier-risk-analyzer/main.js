import { definePlugin } from 'patchbay'
import { checkPerformance } from './lib/check-performance.js'
import { explainRisk } from './lib/explain-risk.js'
import { getRisk, listRisks, summarizeRisks, viewRisks } from './lib/routes.js'

export default definePlugin({
  routes: {
    'GET /suppliers/:id/risk': getRisk,
    'GET /suppliers/:id/risk/explanation': explainRisk,
    'GET /risk': listRisks,
    'GET /risk/summary': summarizeRisks,
    'GET /risk/view': viewRisks,
  },

  health: (ctx) => checkPerformance(ctx.settings.performance),
})
