/**
 * The job `daily_cleanup`: tells the host that the links of all accounts made before a moment have expired, so that it
 * can remind or remove those that were never confirmed. It needs no store of its own: a link's age is its account's age.
 *
 * @param {object} ctx
 * @param {{ now?: string } | null} [payload] `now` sets the moment to count from, for a run made by hand
 * @returns {Promise<{ expiredBefore: string }>}
 */
export async function dailyCleanup(ctx, payload) {
  const asked = Date.parse(payload?.now ?? '')
  const now = Number.isNaN(asked) ? Date.now() : asked
  const expiredBefore = new Date(now - ctx.settings.linkHours * 3_600_000).toISOString()
  await ctx.events.emit('welcome-email.links.expired', { expiredBefore })
  ctx.log.info(`links of accounts made before ${expiredBefore} have expired`)
  return { expiredBefore }
}
