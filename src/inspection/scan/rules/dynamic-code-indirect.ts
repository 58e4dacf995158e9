import type { AnyNode } from 'acorn'
import type { RuleRun } from '../rule.ts'

/** `eval` and `Function` as values, globals by names made at run time, modules that are imported at run time. */
export function indirectCode(): RuleRun {
  return {
    module: (_file, tell) => ({
      Use: ({ path, node, parent }) => {
        if ((path === 'eval' || path === 'Function') && isHandedOn(node, parent)) {
          tell(node, `"${path}" is handed on as a value. Leave it out: plugins run no code made from text.`)
        } else if (path === 'globalThis.[?]') {
          tell(node, 'A global is looked up by a name that is made at run time. Name it.')
        }
      },
      ImportExpression: (node, { origins, scope }) => {
        const name = origins.text(node.source, scope)
        if (name === null)
          tell(node, 'A module is imported by a name that is made at run time. Import it by its path.')
        // What is none of the plugin's own has an ERROR of its own.
        else if (/^(?:\.|patchbay$)/.test(name))
          tell(node, '`import()` throws in the sandbox. Write an `import` at the top of the file.')
      },
    }),
  }
}

/** Not so: called, compared, asked for its type, or taken something from. */
function isHandedOn(node: AnyNode, parent: AnyNode): boolean {
  switch (parent.type) {
    case 'CallExpression':
    case 'NewExpression':
      return parent.callee !== node
    case 'VariableDeclarator':
    case 'AssignmentExpression':
    case 'Property':
    case 'ArrayExpression':
    case 'ReturnStatement':
    case 'ArrowFunctionExpression':
    case 'SpreadElement':
      return true
    default:
      return false
  }
}
