/**
 * One day's figures, checked: amounts in cents, so that sums are exact.
 *
 * @param {unknown} figures `{ sales, orders, refunds?, visitors? }`, amounts in whole units of the currency
 * @param {string} name what a problem's text begins with
 * @returns {{ day: { sales: number, refunds: number, orders: number, visitors: number | null } | null, problems: string[] }}
 *   `day` is null where there is any problem; all are listed, not the first
 */
export function readDay(figures, name) {
  if (typeof figures !== 'object' || figures === null || Array.isArray(figures)) {
    return { day: null, problems: [`${name} must be an object`] }
  }
  const { sales, orders, refunds = 0, visitors = null } = figures
  const problems = []
  for (const [key, value] of Object.entries({ sales, refunds })) {
    if (!Number.isFinite(value) || value < 0) {
      problems.push(`${name}.${key} must be a number of at least 0`)
    }
  }
  for (const [key, value] of Object.entries({ orders, visitors })) {
    if (value !== null && (!Number.isSafeInteger(value) || value < 0)) {
      problems.push(`${name}.${key} must be a whole number of at least 0`)
    }
  }
  if (orders === null) {
    problems.push(`${name}.orders must be a whole number of at least 0`)
  }
  if (visitors !== null && orders > visitors) {
    problems.push(`${name} has more orders than visitors`)
  }
  return problems.length > 0
    ? { day: null, problems }
    : { day: { sales: cents(sales), refunds: cents(refunds), orders, visitors }, problems }
}

function cents(amount) {
  return Math.round(amount * 100)
}
