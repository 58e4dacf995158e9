import { definePlugin } from 'patchbay'
import { checkSuppliers } from './lib/check-suppliers.js'
import { getSupplier } from './lib/get-supplier.js'
import { listSuppliers } from './lib/list-suppliers.js'
import { addReview, giveOpinion, listReviews } from './lib/reviews.js'

export default definePlugin({
  hooks: {
    'supplier-risk-analyzer.opinion': giveOpinion,
  },

  routes: {
    'GET /suppliers': listSuppliers,
    'GET /suppliers/:id': getSupplier,
    'GET /suppliers/:id/reviews': listReviews,
    'POST /suppliers/:id/reviews': addReview,
  },

  health: (ctx) => checkSuppliers(ctx.settings.suppliers),
})
