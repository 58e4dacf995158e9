import DataLoader from 'dataloader'
import { RequestError } from '../lib/errors.ts'
import { MiB } from '../lib/units.ts'
import type { Context } from './context.ts'
import { delegateOf, type ListedModel, type Row, type Where } from './listed-rows.ts'
import { loaderOf } from './loaders.ts'
import { keysetWhere, orderBy, type Page } from './page.ts'

/**
 * Of the columns below as text, in one answer: a hundred payloads may have 100 MiB, and an answer holds its bytes about
 * six times while it is made (the driver's text, the value, the answer's text, its bytes).
 */
const MOST_BYTES = 8 * MiB

/** Columns of which a page of 100 rows may have some times as much, by the tables that have them. */
const GREAT_COLUMNS: Partial<Record<ListedModel, { table: string; columns: readonly string[] }>> = {
  event: { table: 'event', columns: ['payload'] },
  invocation: { table: 'invocation', columns: ['logs', 'requests', 'error'] },
  auditEntry: { table: 'audit_entry', columns: ['details'] },
  settingsRevision: { table: 'settings_revision', columns: ['settings'] },
  package: { table: 'package', columns: ['manifest', 'validation'] },
  submission: { table: 'submission', columns: ['validation'] },
}

/** The most nodes with great columns of one request, by their ids: they are not measured. */
const MOST_NODES = 16

/** What one request has been given of them. */
interface Given {
  bytes: number
  /** Lists of one request are read one after the other: together they would not know of each other's bytes. */
  before: Promise<void>
  /** Those by their ids. */
  nodes: number
}

const EVENTS = Symbol('payloads of single events of this request')
const GIVEN = Symbol('bytes of great columns of this request')

/**
 * The rows of a page as they were selected. Where great columns are among that, they are read by a statement of their own, and
 * the page ends before what is more than an answer may hold: it has fewer rows than were asked for, at least one.
 */
export async function findPage(
  context: Context,
  model: ListedModel,
  where: Where,
  page: Page,
  selection: object,
): Promise<{ rows: Row[]; page: Page }> {
  const delegate = delegateOf(context.app.database.prisma, model)
  const { kept, withheld } = withoutGreat(model, selection)
  const rows = await delegate.findMany({
    ...kept,
    where: { AND: [where, keysetWhere(page) ?? {}] },
    orderBy: orderBy(page),
    take: page.take,
  })
  const shown = rows.slice(0, page.size)
  if (withheld.length === 0 || shown.length === 0) return { rows, page }
  const { filled, isCut } = await fillGreat(context, model, withheld, shown)
  // That there is a next page is told by one row more, of which nothing is shown.
  return {
    rows: [...filled, ...(isCut ? [{}] : rows.slice(page.size))],
    page: { ...page, size: filled.length },
  }
}

/**
 * Single events that other nodes lead to, as they were selected: a payload counts as those of a page do. They are asked for one by
 * one, and read together.
 */
export async function findEvent(context: Context, id: string, selection: object): Promise<Row | null> {
  const { kept, withheld } = withoutGreat('event', selection)
  const row = await context.app.database.prisma.event.findUnique({ ...kept, where: { id } })
  if (row === null || withheld.length === 0) return row
  const loader = loaderOf(context.loaders, EVENTS, () => eventLoader(context))
  const found = await loader.load(id)
  return found === null ? null : { ...row, ...found }
}

function eventLoader(context: Context): DataLoader<string, Row | null> {
  return new DataLoader<string, Row | null>(async (ids) => {
    const { filled, isCut } = await fillGreat(
      context,
      'event',
      ['payload'],
      ids.map((id) => ({ id })),
    )
    const byId = new Map(filled.map((row) => [row['id'], row]))
    return ids.map((id) => byId.get(id) ?? (isCut ? tooMuch() : null))
  })
}

/** BAD_USER_INPUT where a request asks for more nodes with great columns by their ids than it may. */
export function countNodes(context: Context, model: ListedModel, selection: object, count: number): void {
  if (withoutGreat(model, selection).withheld.length === 0) return
  const given = givenTo(context)
  given.nodes += count
  if (given.nodes > MOST_NODES) throw tooMuch()
}

/** The selection without its great columns, and these. */
function withoutGreat(model: ListedModel, selection: object): { kept: object; withheld: string[] } {
  const great = GREAT_COLUMNS[model]
  const select = 'select' in selection ? (selection.select as Record<string, unknown>) : undefined
  if (great === undefined || select === undefined) return { kept: selection, withheld: [] }
  const withheld = great.columns.filter((column) => select[column] === true)
  if (withheld.length === 0) return { kept: selection, withheld }
  const rest = Object.entries(select).filter(([name]) => !withheld.includes(name))
  return { kept: { ...selection, select: { ...Object.fromEntries(rest), id: true } }, withheld }
}

/** Reads the great columns when the lists of this request that came before have read theirs. */
async function fillGreat(
  context: Context,
  model: ListedModel,
  withheld: readonly string[],
  rows: readonly Row[],
): Promise<Filled> {
  const given = givenTo(context)
  const { promise, resolve: leave } = Promise.withResolvers<void>()
  const { before } = given
  given.before = promise
  await before
  try {
    return await fillNow(context, given, model, withheld, rows)
  } finally {
    leave()
  }
}

function givenTo(context: Context): Given {
  return loaderOf<Given>(context.loaders, GIVEN, () => ({ bytes: 0, before: Promise.resolve(), nodes: 0 }))
}

interface Filled {
  filled: Row[]
  /** The rows that follow are more than the request may hold. */
  isCut: boolean
}

/** As many of the rows, from the first on, as the request may still hold; one that is gone meanwhile is left out. */
async function fillNow(
  context: Context,
  given: Given,
  model: ListedModel,
  withheld: readonly string[],
  rows: readonly Row[],
): Promise<Filled> {
  if (given.bytes >= MOST_BYTES) throw tooMuch()
  const { rows: found } = await context.app.database.pool.query<Great>({
    ...statementFor(model, withheld),
    values: [rows.map((row) => row['id']), MOST_BYTES - given.bytes],
  })
  const byId = new Map(found.map((row) => [row.id, row]))
  const filled: Row[] = []
  for (const row of rows) {
    const great = byId.get(row['id'] as string)
    if (great === undefined) continue
    if (!great.within) return { filled, isCut: true }
    given.bytes += great.size
    filled.push({ ...row, ...Object.fromEntries(withheld.map((column) => [column, great[column]])) })
  }
  return { filled, isCut: false }
}

function tooMuch(): RequestError {
  const message = `This asks for more than ${MOST_BYTES / MiB} MiB at once: ask for less, or for one list at a time.`
  return new RequestError('BAD_USER_INPUT', message)
}

type Great = Row & { id: string; size: number; within: boolean }

/** SQL for `[ids, bytes]`: the rows with their size and, where they are among the first of so many bytes, their great columns. */
function statementFor(model: ListedModel, columns: readonly string[]): { name: string; text: string } {
  const { table } = GREAT_COLUMNS[model]!
  const size = columns.map((column) => `coalesce(octet_length(${column}::text), 0)`).join(' + ')
  const shown = columns.map((column) => `case when within then ${column} end as ${column}`).join(', ')
  return {
    name: `patchbay_great_${table}_${columns.join('_')}`,
    text: `select id, size, within, ${shown} from (
        select *, bytes <= $2 or bytes = size as within from (
          select *, sum(size) over (order by place) as bytes from (
            select id, ${columns.join(', ')}, ${size} as size, array_position($1::uuid[], id) as place
            from ${table} where id = any ($1::uuid[]) offset 0
          ) r
        ) r
      ) r`,
  }
}
