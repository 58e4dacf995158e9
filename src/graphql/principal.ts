import DataLoader from 'dataloader'
import type { App } from '../app.ts'
import { builder } from './builder.ts'
import { loaderOf } from './loaders.ts'

const KINDS = Symbol('kinds of principals')

/** Whoever acts or acted. Its members are told by name, since they belong to a feature. */
export const Principal = builder.unionType('Principal', {
  description: 'Whoever acts or acted.',
  types: ['User' as never, 'ApiKey' as never],
  resolveType: (async (
    { id }: { id: string },
    { app, loaders }: { app: App; loaders: Map<symbol, unknown> },
  ) => await loaderOf(loaders, KINDS, () => kindsOf(app)).load(id)) as never,
})

/** A principal by its id; its own fields tell each viewer what he may know of it. */
export function principalOf(id: string | null): never {
  return (id === null ? null : { id }) as never
}

/** All of a request in one query. */
function kindsOf(app: App): DataLoader<string, 'User' | 'ApiKey'> {
  return new DataLoader(async (ids) => {
    const rows = await app.database.prisma.principal.findMany({
      where: { id: { in: [...ids] } },
      select: { id: true, kind: true },
    })
    const kinds = new Map(
      rows.map(({ id, kind }) => [id, kind === 'USER' ? ('User' as const) : ('ApiKey' as const)]),
    )
    return ids.map((id) => kinds.get(id) ?? new Error(`There is no principal ${id}.`))
  })
}
