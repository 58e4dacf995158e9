import { builder } from './builder.ts'

/** Whoever acts or acted. Its members are told by name, since they belong to a feature. */
export const Principal = builder.unionType('Principal', {
  description: 'Whoever acts or acted.',
  types: ['ApiKey' as never],
  resolveType: () => 'ApiKey' as never,
})

/** A principal by its id; its own fields tell each viewer what he may know of it. */
export function principalOf(id: string | null): never {
  return (id === null ? null : { id }) as never
}
