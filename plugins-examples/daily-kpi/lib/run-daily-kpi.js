import { PluginError } from 'patchbay'
import { buildReport } from './build-report.js'
import { readDay } from './read-day.js'
import { readPlugins } from './read-plugins.js'

const DAY_MS = 86_400_000

/**
 * The job `daily-kpi`. The same figures and settings always give the same report.
 *
 * @param {object} ctx
 * @param {{ date?: string, figures?: object, previous?: object } | null} [payload] `date` is the day to report,
 *   yesterday (UTC) where left out; `figures` and `previous` stand in for the settings' figures of that day and of the
 *   day before
 * @returns {Promise<object>} the report, also emitted as `daily-kpi.report.ready`; `{ date, available: false }`, and no
 *   event, where there are no figures for the day
 * @throws {PluginError} INVALID_DATE, INVALID_FIGURES with every mistake in `details`
 */
export async function runDailyKpi(ctx, payload) {
  const date = readDate(payload?.date ?? new Date(Date.now() - DAY_MS).toISOString().slice(0, 10))
  const days = new Map(ctx.settings.days.map((day) => [day.date, day]))
  const figures = payload?.figures ?? days.get(date)
  if (figures === undefined) {
    ctx.log.warn(`no figures for ${date}`)
    return { date, available: false }
  }
  const previous = payload?.previous ?? days.get(dayBefore(date))
  const kpis = buildReport(
    date,
    checked(figures, 'figures'),
    previous === undefined ? null : checked(previous, 'previous'),
    ctx.settings,
  )
  const report = { ...kpis, plugins: await readPlugins(ctx) }
  await ctx.events.emit('daily-kpi.report.ready', report)
  ctx.log.info(`report for ${date}: ${report.missed} of ${report.withTarget} targets missed`)
  return report
}

function readDate(date) {
  const time = typeof date === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(date) : Number.NaN
  // Date.parse turns 2026-02-30 into the second of March instead of refusing it.
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== date) {
    throw new PluginError('"date" must be a day like 2026-10-31.', { code: 'INVALID_DATE' })
  }
  return date
}

function dayBefore(date) {
  return new Date(Date.parse(date) - DAY_MS).toISOString().slice(0, 10)
}

function checked(figures, name) {
  const { day, problems } = readDay(figures, name)
  if (day === null) {
    throw new PluginError(`The figures cannot be right: ${problems.join('; ')}.`, {
      code: 'INVALID_FIGURES',
      details: { problems },
    })
  }
  return day
}
