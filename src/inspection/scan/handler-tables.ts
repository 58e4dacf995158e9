import type { AnyNode, ObjectExpression } from 'acorn'
import type { Manifest } from '../../archive/manifest.ts'

/** What the manifest names, by the table of `definePlugin` in which its handlers stand. */
export function namedBy({
  hooks,
  events,
  filters,
  routes,
  jobs,
}: Manifest): Record<string, readonly string[]> {
  return {
    hooks,
    events,
    filters,
    routes: routes.map(({ method, path }) => `${method} ${path}`),
    jobs: jobs.map(({ name }) => name),
  }
}

/** The handlers of a table by their names; null where they do not all stand there. */
export function handlersIn(definition: ObjectExpression, table: string): ReadonlyMap<string, AnyNode> | null {
  const keys = keysOf(definition)
  if (keys === null) return null
  const value = keys.get(table)
  if (value === undefined) return new Map()
  return value.type === 'ObjectExpression' ? keysOf(value) : null
}

/** The keys of an object that is written out, with their values; null where not all of them are. */
export function keysOf({ properties }: ObjectExpression): ReadonlyMap<string, AnyNode> | null {
  const keys = new Map<string, AnyNode>()
  for (const property of properties) {
    if (property.type !== 'Property' || property.computed) return null
    const { key, value } = property
    if (key.type === 'Identifier') keys.set(key.name, value)
    else if (key.type === 'Literal') keys.set(String(key.value), value)
    else return null
  }
  return keys
}

/** Events are handled by patterns too, and a pattern of the manifest by a handler of some of what it covers. */
export function covers(table: string, handler: string, name: string): boolean {
  if (handler === name) return true
  if (table !== 'events') return false
  return isBelow(handler, name) || isBelow(name, handler)
}

function isBelow(pattern: string, type: string): boolean {
  return pattern === '*' || (pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1)))
}
