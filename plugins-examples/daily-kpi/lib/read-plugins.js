/**
 * How the plugins of the site are, by the view `health`: a figure that misses its target is read differently where half of
 * them failed that night.
 *
 * @param {object} ctx
 * @returns {Promise<{ current: number, unwell: string[] } | null>} null where this Patchbay has no role for SQL of plugins
 */
export async function readPlugins(ctx) {
  try {
    const { rows } = await ctx.db.query(
      'select plugin, status from health where site_id = $1 order by plugin',
      [ctx.site.id],
    )
    const unwell = rows.filter(({ status }) => status === 'DEGRADED' || status === 'UNHEALTHY')
    return { current: rows.length, unwell: unwell.map(({ plugin }) => plugin) }
  } catch (error) {
    if (error.code !== 'UNAVAILABLE') throw error
    return null
  }
}
