import { renderView } from './render-view.js'
import { scoreSupplier } from './score-supplier.js'

/** Suppliers that the dashboard widget names. */
const WIDGET_SUPPLIERS = 5
const levels = ['LOW', 'MEDIUM', 'HIGH']

/**
 * Handles `GET /suppliers/:id/risk`; `?on=2026-10-31` scores as of that day.
 *
 * @param {object} ctx
 * @param {{ params: { id: string }, query?: Record<string, string> }} request
 * @returns {{ status: number, body: object }} 200 with the risk, 400, or 404 where nothing is known of that supplier
 */
export function getRisk(ctx, request) {
  const on = readDay(request.query?.on)
  if (on === null) {
    return badDay
  }
  const performance = ctx.settings.performance.find((entry) => entry.supplier === request.params.id)
  return performance === undefined
    ? failure(404, 'NOT_FOUND', 'Nothing is known of that supplier.')
    : { status: 200, body: { risk: scoreSupplier(performance, ctx.settings, on) } }
}

/**
 * Handles `GET /risk?level=HIGH`: all suppliers, the riskiest first.
 *
 * @param {object} ctx
 * @param {{ query?: Record<string, string> }} request
 * @returns {{ status: number, body: object }} 200 with `{ risks, total }`, or 400
 */
export function listRisks(ctx, request) {
  const on = readDay(request.query?.on)
  const level = request.query?.level?.toUpperCase()
  if (on === null) {
    return badDay
  }
  if (level !== undefined && !levels.includes(level)) {
    return failure(400, 'BAD_LEVEL', `"level" must be one of ${levels.join(', ')}.`)
  }
  const risks = rank(ctx, on).filter((risk) => level === undefined || risk.level === level)
  return { status: 200, body: { risks, total: risks.length } }
}

/**
 * Handles `GET /risk/summary`, the source of the dashboard widget.
 *
 * @param {object} ctx
 * @returns {{ status: number, body: { counts: Record<string, number>, top: { supplier: string, score: number, level: string, reason: string }[] } }}
 */
export function summarizeRisks(ctx) {
  const risks = rank(ctx, new Date())
  return {
    status: 200,
    body: {
      counts: Object.fromEntries(
        levels.map((level) => [level, risks.filter((risk) => risk.level === level).length]),
      ),
      top: risks.slice(0, WIDGET_SUPPLIERS).map(({ supplier, score, level, factors }) => ({
        supplier,
        score,
        level,
        reason: factors[0].reason,
      })),
    },
  }
}

/**
 * Handles `GET /risk/view`, the source of the view.
 *
 * @param {object} ctx
 * @returns {{ status: number, headers: Record<string, string>, body: string }} HTML
 */
export function viewRisks(ctx) {
  return {
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: renderView(rank(ctx, new Date())),
  }
}

const badDay = failure(400, 'BAD_DAY', '"on" must be a day like 2026-10-31.')

/** Riskiest first, then by name: equal scores keep their places between two requests. */
function rank(ctx, on) {
  return ctx.settings.performance
    .map((performance) => scoreSupplier(performance, ctx.settings, on))
    .sort((one, other) => other.score - one.score || (one.supplier < other.supplier ? -1 : 1))
}

/** Today where nothing is asked, null where what is asked is no day. */
function readDay(text) {
  if (text === undefined) {
    return new Date()
  }
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(time) ? null : new Date(time)
}

function failure(status, code, message) {
  return { status, body: { error: { code, message } } }
}
