/** Slack shows at most 10 fields in a section. */
const MAX_FACTS = 10
/** Characters; Slack refuses fields over 2,000, and nobody reads that much in a channel. */
const MAX_FACT_LENGTH = 300

/** What is worth saying of an event, in this order, where its payload has it. */
const labels = {
  plugin: 'Plugin',
  version: 'Version',
  branch: 'Branch',
  commit: 'Commit',
  status: 'Status',
  succeeded: 'Succeeded',
  failed: 'Failed',
  duration: 'Duration',
  reason: 'Reason',
}

/**
 * An event in words.
 *
 * @param {{ type: string, payload: unknown, site?: { name?: string, slug?: string } | null }} event
 * @returns {{ failed: boolean, headline: string, facts: { label: string, value: string }[] }}
 */
export function describeEvent(event) {
  const payload = typeof event.payload === 'object' && event.payload !== null ? event.payload : {}
  const [subject, ...happened] = event.type.split('.')
  const site = event.site?.name ?? event.site?.slug
  const name = shortText(payload.name ?? payload.plugin ?? '')
  const headline = [capitalised(subject), name, happened.join(' ').replaceAll('_', ' ')]
    .filter(Boolean)
    .join(' ')
  const facts = Object.entries(labels)
    .filter(([key]) => isScalar(payload[key]))
    .map(([key, label]) => ({ label, value: shortText(payload[key]) }))
  return {
    failed: /fail|unhealthy|cancelled|rolled_?back/i.test(`${event.type} ${shortText(payload.status ?? '')}`),
    headline: site === undefined ? headline : `${headline} at ${site}`,
    facts: facts.slice(0, MAX_FACTS),
  }
}

function isScalar(value) {
  return (
    (typeof value === 'string' && value !== '') || typeof value === 'number' || typeof value === 'boolean'
  )
}

function shortText(value) {
  if (!isScalar(value)) {
    return ''
  }
  const text = String(value)
  return text.length > MAX_FACT_LENGTH ? `${text.slice(0, MAX_FACT_LENGTH - 1)}…` : text
}

function capitalised(text) {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
