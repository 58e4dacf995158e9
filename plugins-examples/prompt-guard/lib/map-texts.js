/** Fields that hold names of the protocol, which the host compares by value; no prompt text stands in them. */
const protocolFields = new Set(['role', 'type', 'model', 'id', 'finish_reason'])
/** Levels; no prompt is built deeper, and what is deeper is dropped: an overflow would fail the filter. */
const MAX_DEPTH = 64
/** What an earlier run of this plugin said about the value. */
const OWN_FIELD = 'guard'

/**
 * A copy of a JSON value with every text passed through `change`, wherever it stands.
 *
 * @param {unknown} value
 * @param {(text: string, where: { trusted: boolean }) => string} change `trusted` is true for the host's own words:
 *   the field `system`, and messages of the roles `system` and `developer`
 * @returns {unknown}
 */
export function mapTexts(value, change) {
  return mapAt(value, change, false, 0)
}

function mapAt(value, change, trusted, depth) {
  if (depth > MAX_DEPTH) {
    return null
  }
  if (typeof value === 'string') {
    return change(value, { trusted })
  }
  if (Array.isArray(value)) {
    return value.map((item) => mapAt(item, change, trusted, depth + 1))
  }
  if (typeof value !== 'object' || value === null) {
    return value
  }
  const ownWords = trusted || value.role === 'system' || value.role === 'developer'
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== OWN_FIELD)
      .map(([key, item]) =>
        protocolFields.has(key) && typeof item === 'string'
          ? [key, item]
          : [key, mapAt(item, change, ownWords || key === 'system', depth + 1)],
      ),
  )
}
