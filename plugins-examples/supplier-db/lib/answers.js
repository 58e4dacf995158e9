/**
 * @param {number} status
 * @param {string} code for programs
 * @param {string} message says what to mend
 * @returns {{ status: number, body: { error: { code: string, message: string } } }}
 */
export function failure(status, code, message) {
  return { status, body: { error: { code, message } } }
}

/**
 * A supplier as the routes tell it: every field is there, whatever the settings left out.
 *
 * @param {object} supplier
 * @returns {object}
 */
export function presented(supplier) {
  return {
    id: supplier.id,
    name: supplier.name,
    country: supplier.country,
    categories: supplier.categories ?? [],
    status: supplier.status ?? 'APPROVED',
    contact: supplier.contact ?? null,
    website: supplier.website ?? null,
  }
}
