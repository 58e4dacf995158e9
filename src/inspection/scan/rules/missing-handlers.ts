import type { Program } from 'acorn'
import { didYouMean } from '../../../archive/closest.ts'
import { quote } from '../../../archive/quote.ts'
import { covers, handlersIn, namedBy } from '../handler-tables.ts'
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
        const handlers = handlersIn(definition, table)
        if (handlers === null) continue
        const handled = [...handlers.keys()]
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
