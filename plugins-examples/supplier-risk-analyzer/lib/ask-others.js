/**
 * Asks all plugins at the site that handle this plugin's extension point `supplier-risk-analyzer.opinion`.
 *
 * @param {object} ctx
 * @param {string} supplier
 * @returns {Promise<{ plugin: string, opinion: object }[]>} of those that have one
 */
export async function askOthers(ctx, supplier) {
  const { results } = await ctx.hooks.call('supplier-risk-analyzer.opinion', { supplier })
  return results.flatMap(({ plugin, outcome, value }) =>
    outcome === 'OK' && value ? [{ plugin, opinion: value }] : [],
  )
}
