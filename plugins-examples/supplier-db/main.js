import { definePlugin } from 'patchbay'
import { checkSuppliers } from './lib/check-suppliers.js'
import { getSupplier } from './lib/get-supplier.js'
import { listSuppliers } from './lib/list-suppliers.js'

export default definePlugin({
  routes: {
    'GET /suppliers': listSuppliers,
    'GET /suppliers/:id': getSupplier,
  },

  health: (ctx) => checkSuppliers(ctx.settings.suppliers),
})
