import { refusal } from './refusal.js'

/** What RouterOS takes as the name of a queue without quoting, so that no id can carry a command. */
const SERVICE_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/

/**
 * The payload of `service_provision`, checked.
 *
 * @param {unknown} payload `{ id, router, plan, port?, allocations? }`; `allocations` is what the host has already
 *   given out: `[{ router, port, address, service? }]`
 * @returns {{ id: string, router: string, plan: string, port: string | null, allocations: object[] }}
 * @throws {PluginError} INVALID_SERVICE with all problems in `details`
 */
export function readService(payload) {
  const service = typeof payload === 'object' && payload !== null ? payload : {}
  const { id, router, plan, port = null, allocations = [] } = service
  const problems = []
  if (typeof id !== 'string' || !SERVICE_ID.test(id)) {
    problems.push('id must be 1 to 63 letters, digits, "-" or "_"')
  }
  for (const [key, value] of Object.entries({ router, plan })) {
    if (typeof value !== 'string' || value === '') {
      problems.push(`${key} is missing`)
    }
  }
  if (port !== null && typeof port !== 'string') {
    problems.push('port must be the name of a port')
  }
  if (!Array.isArray(allocations) || !allocations.every(isAllocation)) {
    problems.push('allocations must be a list of { router, port, address }')
  }
  if (problems.length > 0) {
    throw refusal('INVALID_SERVICE', `The service cannot be provisioned: ${problems.join('; ')}.`, {
      problems,
    })
  }
  return { id, router, plan, port, allocations }
}

function isAllocation(value) {
  return (
    typeof value === 'object' &&
    value !== null &&
    [value.router, value.port, value.address].every((part) => typeof part === 'string')
  )
}
