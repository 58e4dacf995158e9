import type { ArgBuilder, InputFieldMap, InputShapeFromFields, ObjectRef } from '@pothos/core'
import { queryFromInfo } from '@pothos/plugin-prisma'
import { Kind, type GraphQLResolveInfo } from 'graphql'
import { builder, type Types } from './builder.ts'
import type { Context } from './context.ts'
import { findPage } from './great-columns.ts'
import { delegateOf, inOrderOf, type ListedModel, type Ranked, type Row, type Where } from './listed-rows.ts'
import { DEFAULT_PAGE_SIZE, encodeCursor, keysetWhere, NEWEST_FIRST, orderBy, parsePage } from './page.ts'
import type { Order, Page, PageArgs } from './page.ts'

/** Rows of one page, one too many where there is a next one. */
interface Connection {
  rows: readonly Row[]
  page: Page
  count: () => Promise<number>
}

export interface RootConnectionOptions<Args extends InputFieldMap> {
  description?: string
  /** Name of the GraphQL type that is listed. */
  node: string
  model: ListedModel
  args?: (t: ArgBuilder<Types>) => Args
  /** Newest first where left out. */
  order?: (args: InputShapeFromFields<Args>) => Order
  /** Who may see what, and what was asked for. Throws where the viewer may not ask at all. */
  where: (args: InputShapeFromFields<Args>, context: Context) => Where | Promise<Where>
  /** For what only SQL can find or order; null leaves it to `where` and `order`. It decides who sees what by itself. */
  ranked?: (args: InputShapeFromFields<Args>, context: Context, page: Page) => Ranked | null
}

/**
 * A list on Query as keyset connection: `Query.<name>` with its types `Query<Name>Connection` and `…Edge`. The rows are
 * selected as the request asks for them, in one query; `totalCount` is counted only where it is asked for.
 */
export function rootConnection<Args extends InputFieldMap>(
  name: string,
  options: RootConnectionOptions<Args>,
): void {
  const type = connectionType(`Query${capitalized(name)}Connection`, options.node)
  builder.queryField(name, (t) =>
    t.field({
      type,
      ...(options.description === undefined ? {} : { description: options.description }),
      args: { ...pageArguments(t.arg), ...(options.args?.(t.arg) as object) },
      complexity: pageComplexity,
      resolve: async (_root, args, context, info) => {
        const given = args as PageArgs & InputShapeFromFields<Args>
        const page = parsePage(given, options.order?.(given) ?? NEWEST_FIRST)
        const where = await options.where(given, context)
        const ranked = options.ranked?.(given, context, page) ?? null
        if (ranked !== null) {
          const delegate = delegateOf(context.app.database.prisma, options.model)
          const found = wantsRows(info) ? await ranked.find() : []
          const selection = selectionOf(context, info, options.node, page)
          return { rows: await inOrderOf(found, delegate, selection), page, count: ranked.count }
        }
        return await findConnection(context, info, options, where, page)
      },
    }),
  )
}

/** A page of the rows for which the condition holds, as the request asks for them. */
export async function findConnection(
  context: Context,
  info: GraphQLResolveInfo,
  { model, node }: { model: ListedModel; node: string },
  where: Where,
  page: Page,
): Promise<Connection> {
  const found = wantsRows(info)
    ? await findPage(context, model, where, page, selectionOf(context, info, node, page))
    : { rows: [], page }
  return { ...found, count: () => delegateOf(context.app.database.prisma, model).count({ where }) }
}

export interface RelatedConnectionOptions<Args extends InputFieldMap> {
  description?: string
  node: string
  model: ListedModel
  /** Prisma's relation field on the parent; the field's own name where left out. */
  relation?: string
  /** Condition by which the relation holds, for counting. */
  ofParent: (id: string) => Where
  args?: (t: ArgBuilder<Types>) => Args
  order?: Order
  where: (args: InputShapeFromFields<Args>, context: Context) => Where
}

/** A list on an object, loaded together with it by one joined and limited query. */
export function relatedConnection<Args extends InputFieldMap>(
  parent: 'Organization' | 'Site' | 'Plugin' | 'Deployment' | 'License' | 'Webhook',
  name: string,
  options: RelatedConnectionOptions<Args>,
): void {
  const type = connectionType(`${parent}${capitalized(name)}Connection`, options.node)
  const relation = options.relation ?? name
  const order = options.order ?? NEWEST_FIRST
  builder.prismaObjectField(parent, name, (t) =>
    t.field({
      type,
      ...(options.description === undefined ? {} : { description: options.description }),
      args: { ...pageArguments(t.arg), ...(options.args?.(t.arg) as object) },
      complexity: pageComplexity,
      select: ((
        args: PageArgs & InputShapeFromFields<Args>,
        context: Context,
        nested: (query: object) => object,
      ) => {
        const page = parsePage(args, order)
        const where = { AND: [options.where(args, context), keysetWhere(page) ?? {}] }
        return { id: true, [relation]: nested({ where, orderBy: orderBy(page), take: page.take }) }
      }) as never,
      resolve: (row, args, context) => {
        const given = args as PageArgs & InputShapeFromFields<Args>
        const loaded = row as unknown as Row
        const where = { AND: [options.ofParent(String(loaded['id'])), options.where(given, context)] }
        return {
          rows: loaded[relation] as Row[],
          page: parsePage(given, order),
          count: () => delegateOf(context.app.database.prisma, options.model).count({ where }),
        }
      },
    }),
  )
}

/** The page as a whole is counted where it is asked for (`pageComplexity`), not again for each of its lists. */
const ONE_PAGE = { field: 1, multiplier: 1 }

const types = new Map<string, ObjectRef<Types, Connection>>()

export function connectionType(name: string, node: string): ObjectRef<Types, Connection> {
  const known = types.get(name)
  if (known !== undefined) return known
  const nodeType = node as never
  const edge = builder.objectRef<{ cursor: string; node: Row }>(`${name}Edge`).implement({
    fields: (t) => ({
      cursor: t.exposeString('cursor'),
      node: t.field({ type: nodeType, resolve: (parent) => parent.node as never }),
    }),
  })
  const type = builder.objectRef<Connection>(name).implement({
    // Pothos looks for the node's selection below these fields.
    extensions: {
      pothosIndirectInclude: {
        getType: () => node,
        paths: [[{ name: 'nodes' }], [{ name: 'edges' }, { name: 'node' }]],
      },
    },
    fields: (t) => ({
      edges: t.field({
        type: [edge],
        complexity: ONE_PAGE,
        resolve: (connection) =>
          pageRows(connection).map((row) => ({
            cursor: encodeCursor(row, connection.page.order),
            node: row,
          })),
      }),
      nodes: t.field({
        type: [nodeType],
        complexity: ONE_PAGE,
        resolve: (connection) => pageRows(connection) as never,
      }),
      pageInfo: t.field({ type: builder.pageInfoRef(), resolve: pageInfo }),
      totalCount: t.int({ complexity: 10, resolve: (connection) => connection.count() }),
    }),
  })
  types.set(name, type)
  return type
}

/** The rows of the page, in the order of the list. */
function pageRows({ rows, page }: Connection): Row[] {
  const cut = rows.slice(0, page.size)
  return page.backward ? cut.reverse() : cut
}

function pageInfo(connection: Connection): {
  hasNextPage: boolean
  hasPreviousPage: boolean
  startCursor: string | null
  endCursor: string | null
} {
  const { page, rows } = connection
  const more = rows.length > page.size
  const shown = pageRows(connection)
  const first = shown[0]
  const last = shown.at(-1)
  return {
    hasNextPage: page.backward ? page.boundary !== null : more,
    hasPreviousPage: page.backward ? more : page.boundary !== null,
    startCursor: first ? encodeCursor(first, page.order) : null,
    endCursor: last ? encodeCursor(last, page.order) : null,
  }
}

/** What the request asks of the nodes, and the order's columns, which the cursors are made of. */
function selectionOf(context: Context, info: GraphQLResolveInfo, node: string, page: Page): object {
  const columns = page.order.columns.filter((column) => column.computed !== true)
  const select = Object.fromEntries(columns.map((column) => [column.field, true]))
  return queryFromInfo({ context, info, typeName: node, paths: [['nodes'], ['edges', 'node']], select })
}

/** Whether anything but the count is asked for. */
function wantsRows(info: GraphQLResolveInfo): boolean {
  return info.fieldNodes.some((field) =>
    field.selectionSet?.selections.some(
      (it) => it.kind !== Kind.FIELD || !['totalCount', '__typename'].includes(it.name.value),
    ),
  )
}

export function pageArguments(arg: ArgBuilder<Types>) {
  return {
    first: arg.int({
      description: `Entries from the beginning or \`after\` a cursor; ${DEFAULT_PAGE_SIZE} where left out, at most 100.`,
    }),
    after: arg.string(),
    last: arg.int({ description: 'Entries from the end, or `before` a cursor.' }),
    before: arg.string(),
  }
}

/** A page costs what its nodes cost, as many times as it may hold. */
export function pageComplexity(args: PageArgs): { field: number; multiplier: number } {
  return { field: 1, multiplier: Math.max(1, args.first ?? args.last ?? DEFAULT_PAGE_SIZE) }
}

function capitalized(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}
