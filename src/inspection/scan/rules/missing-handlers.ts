import type { AnyNode, ObjectExpression, Program } from 'acorn'
import { didYouMean } from '../../../archive/closest.ts'
import type { Manifest } from '../../../archive/manifest.ts'
import { quote } from '../../../archive/quote.ts'
import { definitionOf } from '../handlers.ts'
import type { PluginFacts, RuleRun } from '../rule.ts'

/**
 * What the manifest names and the plugin does not handle: it would be called, and nothing would happen. Seen is only what stands in
 * the text that is given to `definePlugin`; of names that are made up at run time, nothing is said.
 */
export function missingHandlers({ manifest }: PluginFacts): RuleRun {
  if (manifest === null || manifest.entry === null) return {}
  return {
    module: ({ path, program, scopes }, tell) => {
      if (path !== manifest.entry) return {}
      const tables = Object.entries(namedBy(manifest))
      const isCalled = tables.some(([, named]) => named.length > 0)
      if (isCalled && !exportsByDefault(program)) tell(program, NOTHING_EXPORTED)
      const definition = definitionOf(program, scopes)
      if (definition === null) return {}
      for (const [table, named] of tables) {
        const handled = namesIn(definition, table)
        if (handled === null) continue
        for (const name of named) {
          if (handled.some((handler) => covers(table, handler, name))) continue
          const guess = didYouMean(
            name,
            handled.filter((handler) => !named.includes(handler)),
          )
          const message = `The manifest names ${quote(name)} in "${table}", and there is no handler of that name: nothing would happen. Write it, or take the name out.${guess}`
          tell(definition, message)
        }
      }
      return {}
    },
  }
}

const NOTHING_EXPORTED =
  'The plugin exports nothing by default: what the manifest names would be called, and nothing would happen. Write `export default definePlugin({ … })`.'

function exportsByDefault({ body }: Program): boolean {
  return body.some(
    (node) =>
      node.type === 'ExportDefaultDeclaration' ||
      (node.type === 'ExportNamedDeclaration' &&
        node.specifiers.some(
          ({ exported }) => (exported.type === 'Identifier' ? exported.name : exported.value) === 'default',
        )),
  )
}

function namedBy({ hooks, events, filters, routes, jobs }: Manifest): Record<string, readonly string[]> {
  return {
    hooks,
    events,
    filters,
    routes: routes.map(({ method, path }) => `${method} ${path}`),
    jobs: jobs.map(({ name }) => name),
  }
}

/** Names of the handlers in a table; null where they do not all stand there. */
function namesIn(definition: ObjectExpression, table: string): string[] | null {
  const keys = keysOf(definition)
  if (keys === null) return null
  const value = keys.get(table)
  if (value === undefined) return []
  if (value.type !== 'ObjectExpression') return null
  const names = keysOf(value)
  return names === null ? null : [...names.keys()]
}

function keysOf({ properties }: ObjectExpression): Map<string, AnyNode> | null {
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
function covers(table: string, handler: string, name: string): boolean {
  if (handler === name) return true
  if (table !== 'events') return false
  return isBelow(handler, name) || isBelow(name, handler)
}

function isBelow(pattern: string, type: string): boolean {
  return pattern === '*' || (pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1)))
}
