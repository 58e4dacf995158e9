/**
 * How each key figure comes from a day: null where it does not exist for that day (nobody came, nothing was sold).
 * Revenue is what was sold less what was refunded; rates are percent.
 */
const definitions = [
  { key: 'revenue', better: 'HIGHER', of: (day) => (day.sales - day.refunds) / 100 },
  { key: 'orders', better: 'HIGHER', of: (day) => day.orders },
  { key: 'averageOrderValue', better: 'HIGHER', of: (day) => ratio(day.sales / 100, day.orders) },
  { key: 'conversionRate', better: 'HIGHER', of: (day) => ratio(day.orders * 100, day.visitors) },
  { key: 'refundRate', better: 'LOWER', of: (day) => ratio(day.refunds * 100, day.sales) },
]

/**
 * The report of one day: every key figure with its change to the day before and its verdict.
 *
 * @param {string} date
 * @param {object} day as {@link readDay} gives it
 * @param {object | null} previous the day before
 * @param {{ currency: string, targets: Record<string, number>, nearPercent: number }} settings
 * @returns {{ date: string, available: true, currency: string, withTarget: number, missed: number, kpis: object[] }}
 */
export function buildReport(date, day, previous, settings) {
  const kpis = definitions.map(({ key, better, of }) => {
    const value = rounded(of(day))
    const before = previous === null ? null : rounded(of(previous))
    const target = settings.targets[key] ?? null
    return {
      key,
      value,
      target,
      better,
      changePercent:
        value === null || before === null ? null : rounded(ratio((value - before) * 100, Math.abs(before))),
      verdict: verdict(value, target, better, settings.nearPercent),
    }
  })
  return {
    date,
    available: true,
    currency: settings.currency,
    withTarget: kpis.filter((kpi) => kpi.verdict !== null).length,
    missed: kpis.filter((kpi) => kpi.verdict === 'MISSED').length,
    kpis,
  }
}

/** MET, NEAR (within `nearPercent` of the target) or MISSED; null where there is nothing to judge. */
function verdict(value, target, better, nearPercent) {
  if (value === null || target === null) {
    return null
  }
  const near = nearPercent / 100
  if (better === 'HIGHER') {
    return value >= target ? 'MET' : value >= target * near ? 'NEAR' : 'MISSED'
  }
  return value <= target ? 'MET' : value * near <= target ? 'NEAR' : 'MISSED'
}

function ratio(part, whole) {
  return whole === null || whole === 0 ? null : part / whole
}

/** Two places, as amounts have. */
function rounded(value) {
  return value === null ? null : Math.round(value * 100) / 100
}
