import { ANYTHING, capabilities, WHOLE_STORE } from '../capabilities.ts'
import type { PluginFacts, RuleRun } from '../rule.ts'

/** Permissions that the manifest asks for and no file uses: they only make the plugin riskier. */
export function unusedCapability({ manifest }: PluginFacts): RuleRun {
  const used = new Set<string>()
  let isUnclear = false
  if (manifest === null) return {}
  return {
    // `${SECRET:NAME}` in webhook files reads secrets too.
    text: ({ path, text }) => {
      if (/\.ya?ml$/.test(path) && text.includes('${SECRET:')) used.add('secrets:read')
    },
    unread: () => {
      isUnclear = true
    },
    module: () => ({
      Use: ({ path, node, parent }) => {
        if (!path.startsWith('@ctx')) return
        const found = capabilities.find((capability) => capability.path.test(path))
        if (found !== undefined) used.add(found.permission)
        else if (WHOLE_STORE.test(path)) used.add('storage:read').add('storage:write')
        else if (path.endsWith('[?]') && ANYTHING.test(path)) isUnclear = true
        else if (path === '@ctx' && parent.type === 'SpreadElement') isUnclear = node !== parent
      },
    }),
    finish: (tell) => {
      if (isUnclear) return
      const known = new Set(capabilities.map(({ permission }) => permission))
      for (const { permission } of manifest.permissions) {
        if (!known.has(permission) || used.has(permission)) continue
        const message = `The manifest asks for "${permission}", which no file uses. Ask for less: reviewers and operators grant it more easily.`
        tell({ message, path: 'manifest.json' })
      }
    },
  }
}
