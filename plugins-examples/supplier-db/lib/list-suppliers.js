import { failure, presented } from './answers.js'

/** Suppliers on one page; more is an export, not a page. */
const MAX_PAGE_SIZE = 100

/**
 * Handles `GET /suppliers?search=&country=&category=&status=&first=&after=`: by name, then id; `after` is the id of the
 * last supplier of the page before.
 *
 * @param {object} ctx
 * @param {{ query: Record<string, string | string[]> }} request
 * @returns {{ status: number, body: object }} 200 with `{ suppliers, total, nextAfter }`, or 400
 */
export function listSuppliers(ctx, request) {
  const query = Object.fromEntries(
    Object.entries(request.query ?? {}).map(([key, value]) => [key, [value].flat().at(-1)]),
  )
  const first = query.first === undefined ? ctx.settings.pageSize : Number(query.first)
  if (!Number.isInteger(first) || first < 1 || first > MAX_PAGE_SIZE) {
    return failure(400, 'BAD_PAGE_SIZE', `"first" must be a whole number from 1 to ${MAX_PAGE_SIZE}.`)
  }
  const found = ctx.settings.suppliers.map(presented).filter(matcher(query)).sort(byName)
  const start = query.after === undefined ? 0 : found.findIndex((supplier) => supplier.id === query.after) + 1
  if (query.after !== undefined && start === 0) {
    return failure(400, 'UNKNOWN_CURSOR', '"after" must be the id of a supplier in this list.')
  }
  const suppliers = found.slice(start, start + first)
  const more = start + suppliers.length < found.length
  return {
    status: 200,
    body: { suppliers, total: found.length, nextAfter: more ? suppliers.at(-1).id : null },
  }
}

function matcher({ search, country, category, status }) {
  const words = (search ?? '').toLowerCase()
  return (supplier) =>
    (words === '' || supplier.name.toLowerCase().includes(words) || supplier.id.includes(words)) &&
    (country === undefined || supplier.country === country.toUpperCase()) &&
    (category === undefined || supplier.categories.includes(category)) &&
    (status === undefined || supplier.status === status.toUpperCase())
}

function byName(one, other) {
  const [a, b] = [`${one.name.toLowerCase()}\n${one.id}`, `${other.name.toLowerCase()}\n${other.id}`]
  return a < b ? -1 : a > b ? 1 : 0
}
