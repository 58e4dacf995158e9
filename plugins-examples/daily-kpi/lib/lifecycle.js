/** The turns of an installation's life: whoever waits for the nightly report is told when none will come. */
export const lifecycle = {
  onInstall: (ctx) => ctx.log.info(`reports of ${ctx.site.slug} are in ${ctx.settings.currency}`),
  onActivate: (ctx) => ctx.events.emit('daily-kpi.resumed', { site: ctx.site.slug }),
  onDeactivate: (ctx) => ctx.events.emit('daily-kpi.paused', { site: ctx.site.slug }),
  onUpgrade: (ctx, { from, to }) => ctx.log.info(`reports are made by ${to}, no longer by ${from}`),
  onUninstall: (ctx) => ctx.log.info(`${ctx.site.slug} has no reports any more`),

  // Not of the installation, but of a sandbox that holds its code: as often as the platform likes, on any process.
  onLoad: (ctx) => ctx.log.debug(`${ctx.plugin.id} ${ctx.plugin.version} is loaded`),
}
