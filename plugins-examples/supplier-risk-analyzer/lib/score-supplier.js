/** Percent on time at which delivery counts as the full risk: every fifth delivery is late. */
const WORST_ON_TIME = 80
/** Defects per million at which quality counts as the full risk: six sigma's usual border of a poor process. */
const WORST_DEFECTS = 6210
/** Months after which an audit says nothing any more; one is due every three years. */
const STALE_AUDIT_MONTHS = 36
/** Milliseconds; the mean month of the Gregorian calendar. */
const MONTH_MS = 2_629_746_000
/** Risk of what is not known, 0 to 100: worse than average, since somebody should find out. */
const UNKNOWN_RISK = 60

/**
 * Risk of one supplier, 0 (none) to 100: the mean of five factors by their weights, each 0 to 100 and each told with
 * its reason, so that the score can be argued with.
 *
 * @param {object} performance one entry of the settings
 * @param {object} settings
 * @param {Date} now
 * @returns {{ supplier: string, score: number, level: 'LOW' | 'MEDIUM' | 'HIGH', factors: { factor: string, risk: number, weight: number, reason: string }[] }}
 *   factors by what they add to the score, most first
 */
export function scoreSupplier(performance, settings, now) {
  const factors = Object.entries(assess(performance, settings, now)).map(([factor, { risk, reason }]) => ({
    factor,
    risk: rounded(Math.min(100, Math.max(0, risk))),
    weight: settings.weights[factor],
    reason,
  }))
  const total = factors.reduce((sum, { weight }) => sum + weight, 0)
  const weighted = factors.reduce((sum, { risk, weight }) => sum + risk * weight, 0)
  const score = total === 0 ? 0 : rounded(weighted / total)
  return {
    supplier: performance.supplier,
    score,
    level: score >= settings.levels.high ? 'HIGH' : score >= settings.levels.medium ? 'MEDIUM' : 'LOW',
    factors: factors.sort((one, other) => other.risk * other.weight - one.risk * one.weight),
  }
}

function assess({ country, onTimePercent, defectsPerMillion, spendSharePercent, lastAudit }, settings, now) {
  return {
    delivery: known('delivery', onTimePercent, (percent) => ({
      risk: ((100 - percent) / (100 - WORST_ON_TIME)) * 100,
      reason: `${percent} % of deliveries on time`,
    })),
    quality: known('quality', defectsPerMillion, (defects) => ({
      risk: (defects / WORST_DEFECTS) * 100,
      reason: `${defects} defects per million`,
    })),
    country: {
      risk: Object.hasOwn(settings.countryRisk, country)
        ? settings.countryRisk[country]
        : settings.unknownCountryRisk,
      reason: `in ${country}${Object.hasOwn(settings.countryRisk, country) ? '' : ', which is not rated'}`,
    },
    dependence: known('dependence', spendSharePercent, (share) => ({
      risk: share,
      reason: `${share} % of the spending in its category`,
    })),
    audit: known('audit', realDay(lastAudit), (date) => ({
      risk: ((now.getTime() - Date.parse(date)) / MONTH_MS / STALE_AUDIT_MONTHS) * 100,
      reason: `last audit ${date}`,
    })),
  }
}

function known(factor, value, assessValue) {
  return value === undefined ? { risk: UNKNOWN_RISK, reason: `${factor} not known` } : assessValue(value)
}

/** A pattern lets 2026-99-99 through; such an audit is none. */
function realDay(date) {
  return date === undefined || Number.isNaN(Date.parse(date)) ? undefined : date
}

/** One place: more would pretend to know more. */
function rounded(value) {
  return Math.round(value * 10) / 10
}
