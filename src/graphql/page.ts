import { z } from 'zod'
import { RequestError } from '../lib/errors.ts'
import { isUuid } from '../lib/ids.ts'

/** The arguments of every connection. */
export interface PageArgs {
  first?: number | null | undefined
  after?: string | null | undefined
  last?: number | null | undefined
  before?: string | null | undefined
}

/** One column of an order; the last one of an order is unique. */
export interface OrderColumn {
  field: string
  direction: 'asc' | 'desc'
  /** How the value travels in a cursor; text where left out. */
  type?: 'text' | 'time' | 'number' | 'integer'
  /** No column of the table: whoever lists in this order computes it (`RootConnectionOptions.ranked`). */
  computed?: boolean
}

/** A named order, so that a cursor of one is refused by another. */
export interface Order {
  name: string
  columns: readonly OrderColumn[]
}

/** Newest first: ids are UUIDv7, so their order is that of time. */
export const NEWEST_FIRST: Order = { name: 'newest', columns: [{ field: 'id', direction: 'desc' }] }
/** Oldest first. */
export const OLDEST_FIRST: Order = { name: 'oldest', columns: [{ field: 'id', direction: 'asc' }] }

export const DEFAULT_PAGE_SIZE = 20
/** More is refused, never silently cut. */
export const MAX_PAGE_SIZE = 100
/** Rows are fetched in one of these sizes, so that Prisma and PostgreSQL reuse their plans; one more tells of a next page. */
const FETCH_SIZES = [6, 21, 51, MAX_PAGE_SIZE + 1]

/** What to fetch for a page. */
export interface Page {
  size: number
  /** Rows to fetch: more than `size`, one of few fixed numbers. */
  take: number
  /** True for `last`: rows come in reverse. */
  backward: boolean
  order: Order
  /** Values of the order's columns behind which the page begins. */
  boundary: unknown[] | null
}

/** Checks the arguments; BAD_USER_INPUT says what is wrong with them. */
export function parsePage(args: PageArgs, order: Order): Page {
  const first = args.first ?? null
  const last = args.last ?? null
  if (first !== null && last !== null) throw refused('Give `first` or `last`, not both.')
  if (last !== null && args.after) throw refused('`after` goes with `first`; with `last` give `before`.')
  if (last === null && args.before) throw refused('`before` goes with `last`; with `first` give `after`.')
  const size = first ?? last ?? DEFAULT_PAGE_SIZE
  if (size < 0) throw refused('A page has a positive size.')
  if (size > MAX_PAGE_SIZE)
    throw refused(`A page has at most ${MAX_PAGE_SIZE} entries; ask for the next with \`after\`.`)
  const cursor = last === null ? args.after : args.before
  return {
    size,
    take: FETCH_SIZES.find((candidate) => candidate > size)!,
    backward: last !== null,
    order,
    boundary: cursor ? decodeCursor(cursor, order) : null,
  }
}

/** A cursor of a row: base64url of JSON `{v, o, values}`. */
export function encodeCursor(row: Record<string, unknown>, order: Order): string {
  const values = order.columns.map(({ field }) => {
    const value = row[field]
    return value instanceof Date ? value.toISOString() : String(value)
  })
  return Buffer.from(JSON.stringify({ v: 1, o: order.name, values })).toString('base64url')
}

/** As JavaScript writes numbers. */
const NUMBER = /^-?\d{1,20}(\.\d{1,30})?(e[+-]?\d{1,3})?$/

const wire = z.strictObject({ v: z.literal(1), o: z.string(), values: z.array(z.string().max(1_000)) })

function decodeCursor(cursor: string, order: Order): unknown[] {
  const parsed = wire.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8')))
  if (!parsed.success || parsed.data.o !== order.name || parsed.data.values.length !== order.columns.length) {
    throw refused('This cursor is not one of this list in this order; begin without it.')
  }
  return parsed.data.values.map((value, index) => {
    const column = order.columns[index]!
    if (column.type === 'number' || column.type === 'integer') {
      const number = NUMBER.test(value) ? Number(value) : Number.NaN
      // PostgreSQL's integers have 32 bits; its floats are JavaScript's.
      const fits = column.type === 'integer' ? number === (number | 0) : Number.isFinite(number)
      if (fits) return number
      throw refused('This cursor is damaged.')
    }
    if (column.type !== 'time') {
      const broken = column.field === 'id' ? !isUuid(value) : value.includes('\0') || !value.isWellFormed()
      if (broken) throw refused('This cursor is damaged.')
      return value
    }
    const time = new Date(value)
    if (!/^\d{4}-/.test(value) || Number.isNaN(time.getTime())) throw refused('This cursor is damaged.')
    return time
  })
}

/** The keyset condition: rows that stand behind the boundary in the order (before it, where the page goes backward). */
export function keysetWhere(page: Page): Record<string, unknown> | null {
  if (page.boundary === null) return null
  const { columns } = page.order
  const alternatives = columns.map((column, index) => {
    const ascending = (column.direction === 'asc') !== page.backward
    const equal = columns.slice(0, index).map((before, at) => [before.field, page.boundary![at]])
    return {
      ...Object.fromEntries(equal),
      [column.field]: { [ascending ? 'gt' : 'lt']: page.boundary![index] },
    }
  })
  return alternatives.length === 1 ? alternatives[0]! : { OR: alternatives }
}

/** The order as Prisma takes it, turned round where the page goes backward. */
export function orderBy(page: Page): Record<string, 'asc' | 'desc'>[] {
  return page.order.columns.map(({ field, direction }) => {
    const turned = direction === 'asc' ? 'desc' : 'asc'
    return { [field]: page.backward ? turned : direction }
  })
}

function refused(message: string): RequestError {
  return new RequestError('BAD_USER_INPUT', message)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
