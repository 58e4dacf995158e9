const DAY_MS = 86_400_000

/**
 * Deadlines that are due today or within so many days, the nearest first. Days are those of UTC.
 *
 * @param {{ name: string, date: string }[]} deadlines
 * @param {number} days
 * @param {number} now milliseconds
 * @returns {{ name: string, date: string, daysLeft: number }[]}
 */
export function nearDeadlines(deadlines, days, now) {
  const today = Math.floor(now / DAY_MS)
  return deadlines
    .map(({ name, date }) => ({ name, date, daysLeft: Date.parse(date) / DAY_MS - today }))
    .filter(({ daysLeft }) => daysLeft >= 0 && daysLeft <= days)
    .sort((a, b) => a.daysLeft - b.daysLeft)
}
