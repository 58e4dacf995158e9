/** Facts without which a supplier's score is partly a guess. */
const facts = ['onTimePercent', 'defectsPerMillion', 'spendSharePercent', 'lastAudit']

/**
 * Health of the figures: degraded where most of them are missing, since the scores then say little.
 *
 * @param {object[]} performance
 * @returns {{ status: 'healthy' | 'degraded', message: string }}
 */
export function checkPerformance(performance) {
  if (performance.length === 0) {
    return { status: 'degraded', message: 'nothing is known of any supplier' }
  }
  const wanted = performance.length * facts.length
  const known = performance.reduce(
    (sum, entry) => sum + facts.filter((fact) => entry[fact] !== undefined).length,
    0,
  )
  const percent = Math.round((known / wanted) * 100)
  const message = `${performance.length} suppliers, ${percent} % of their figures known`
  return { status: known * 2 < wanted ? 'degraded' : 'healthy', message }
}
