import { definePlugin } from 'patchbay'
import { runDailyKpi } from './lib/run-daily-kpi.js'

export default definePlugin({
  jobs: {
    'daily-kpi': runDailyKpi,
  },
})
