/**
 * Health of the list: JSON Schema cannot say that ids are unique, and of two suppliers with one id only the first would
 * ever be found.
 *
 * @param {{ id: string }[]} suppliers
 * @returns {{ status: 'healthy' | 'degraded', message: string }}
 */
export function checkSuppliers(suppliers) {
  const seen = new Set()
  const twice = new Set()
  for (const { id } of suppliers) {
    if (seen.has(id)) {
      twice.add(id)
    }
    seen.add(id)
  }
  return twice.size > 0
    ? { status: 'degraded', message: `more than one supplier with the id ${[...twice].join(', ')}` }
    : { status: 'healthy', message: `${suppliers.length} suppliers` }
}
