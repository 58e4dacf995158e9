import { capabilities } from '../capabilities.ts'
import type { PluginFacts, RuleRun } from '../rule.ts'

/** Parts of `ctx` that are used without the permission that gives them. */
export function undeclaredCapability({ manifest }: PluginFacts): RuleRun {
  const asked = new Set(manifest?.permissions.map(({ permission }) => permission))
  return {
    module: (_file, tell) => ({
      Use: ({ path, node, parent }) => {
        if (!path.startsWith('@ctx.')) return
        if (parent.type === 'UnaryExpression' && parent.operator === 'typeof') return
        const needed = capabilities.find((capability) => capability.path.test(path))?.permission
        if (needed === undefined || asked.has(needed)) return
        const what = path.slice(1).split('.').slice(0, 3).join('.')
        tell(
          node,
          `"${what}" needs the permission "${needed}", which the manifest does not ask for. Add it there.`,
        )
      },
    }),
  }
}
