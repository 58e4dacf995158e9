import { closest } from '../../../archive/closest.ts'
import { quote } from '../../../archive/quote.ts'
import type { PluginFacts, RuleRun } from '../rule.ts'

/** `ctx.secrets.get('NAME')` of a secret that the manifest does not declare, which nobody could ever set. */
export function undeclaredSecret({ manifest }: PluginFacts): RuleRun {
  const declared = manifest?.secrets.map(({ key }) => key) ?? []
  return {
    module: (_file, tell) => ({
      Use: ({ path, node, parent }, { origins, scope }) => {
        if (path !== '@ctx.secrets.get' || parent.type !== 'CallExpression' || parent.callee !== node) return
        const [first] = parent.arguments
        const name = first ? origins.text(first, scope) : null
        if (name === null || declared.includes(name)) return
        tell(
          parent,
          `The manifest declares no secret ${quote(name)}. Add it to "secrets".${hint(name, declared)}`,
        )
      },
    }),
  }
}

/** `ctx.collections.name` of a collection that the manifest does not declare. */
export function undeclaredCollection({ manifest }: PluginFacts): RuleRun {
  const declared = Object.keys(manifest?.collections ?? {})
  return {
    module: (_file, tell) => ({
      Use: ({ path, node }) => {
        const name = /^@ctx\.collections\.([^.]+)/.exec(path)?.[1]
        if (name === undefined || name === '[?]' || declared.includes(name)) return
        const message = `The manifest declares no collection ${quote(name)}. Add it to "collections".${hint(name, declared)}`
        tell(node, message)
      },
    }),
  }
}

function hint(name: string, declared: readonly string[]): string {
  const guess = closest(name, declared)
  return guess === null ? '' : ` Did you mean ${quote(guess)}?`
}
