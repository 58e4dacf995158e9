import { builder } from './builder.ts'
import { connectionType, findConnection, pageArguments, pageComplexity } from './connection.ts'
import type { Context } from './context.ts'
import type { ListedModel, Where } from './listed-rows.ts'
import { NEWEST_FIRST, parsePage } from './page.ts'

/**
 * A list on an object to which no relation leads, newest first: `<Parent>.<name>` in one query for each parent. Where a
 * relation leads to it, `relatedConnection` loads it together with the parents.
 */
export function objectConnection(
  parent: 'Organization' | 'Event',
  name: string,
  options: {
    description?: string
    node: string
    model: ListedModel
    /** What belongs to that parent, and the viewer may see. */
    where: (parentId: string, context: Context) => Where
  },
): void {
  const type = connectionType(
    `${parent}${name.charAt(0).toUpperCase()}${name.slice(1)}Connection`,
    options.node,
  )
  builder.prismaObjectField(parent, name, (t) =>
    t.field({
      type,
      ...(options.description === undefined ? {} : { description: options.description }),
      args: pageArguments(t.arg),
      complexity: pageComplexity,
      select: { id: true },
      resolve: async ({ id }, args, context, info) => {
        const page = parsePage(args, NEWEST_FIRST)
        return await findConnection(context, info, options, options.where(id, context), page)
      },
    }),
  )
}
