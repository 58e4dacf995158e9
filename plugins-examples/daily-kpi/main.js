import { definePlugin } from 'patchbay'
import { lifecycle } from './lib/lifecycle.js'
import { runDailyKpi } from './lib/run-daily-kpi.js'

export default definePlugin({
  ...lifecycle,

  jobs: {
    'daily-kpi': runDailyKpi,
  },
})
