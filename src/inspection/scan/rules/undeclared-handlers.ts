import type { AnyNode } from 'acorn'
import { closest, didYouMean } from '../../../archive/closest.ts'
import { quote } from '../../../archive/quote.ts'
import { covers, handlersIn, keysOf, namedBy } from '../handler-tables.ts'
import { definitionOf } from '../handlers.ts'
import type { PluginFacts, RuleRun } from '../rule.ts'

/** What stands beside the tables of handlers. */
const SINGLE = [
  'health',
  'onLoad',
  'onUnload',
  'onInstall',
  'onActivate',
  'onDeactivate',
  'onUpgrade',
  'onUninstall',
]

/**
 * Handlers that nobody calls: the manifest does not name them, or `definePlugin` reads no such key. Seen is only what stands in the
 * text that is given to it.
 */
export function undeclaredHandlers({ manifest }: PluginFacts): RuleRun {
  if (manifest === null || manifest.entry === null) return {}
  return {
    module: ({ path, program, scopes }, tell) => {
      const definition = path === manifest.entry ? definitionOf(program, scopes) : null
      if (definition === null) return {}
      const tables = namedBy(manifest)
      const known = [...Object.keys(tables), ...SINGLE]
      for (const [key, node] of keysOf(definition) ?? []) {
        if (known.includes(key)) continue
        tell(node, `definePlugin reads no key ${quote(key)}: nobody calls it.${didYouMean(key, known)}`)
      }
      for (const [table, named] of Object.entries(tables)) {
        const handlers = handlersIn(definition, table) ?? new Map<string, AnyNode>()
        const missing = named.filter((name) => ![...handlers.keys()].some((it) => covers(table, it, name)))
        for (const [handler, node] of handlers) {
          // Of a name that is only mistyped, the handler that is missing tells already.
          if (named.some((name) => covers(table, handler, name)) || closest(handler, missing) !== null)
            continue
          const message = `The code handles ${quote(handler)}, which "${table}" of the manifest does not name: nobody calls it. Add it there, or take it out.`
          tell(node, message)
        }
      }
      return {}
    },
  }
}
