import type { AnyNode, Function as FunctionNode } from 'acorn'
import type { Cursor } from '../cursor.ts'
import type { ModuleFile, RuleRun } from '../rule.ts'
import type { Binding } from '../scope.ts'

/** Anywhere in a function: whoever knows of these names, or copies only what is there, has thought of it. */
const CHECKED =
  /__proto__|hasOwn|Object\.create\(null\)|isSafeKey|isPrototypePolluted|UNSAFE|FORBIDDEN|new Map\b/

/**
 * Recursive merges of what may come from outside, which walk into `__proto__` like into any other key: in a function,
 * a `for … in` over a source, and `target[key]` given to the function itself again.
 */
export function uncheckedMerge(): RuleRun {
  return {
    module: (file, tell) => {
      const told = new Set<AnyNode>()
      return {
        CallExpression: (node, cursor) => {
          const around = recursion(node, cursor)
          if (around === null || told.has(around)) return
          if (!isMerge(node.arguments, cursor) || !isForWriting(cursor)) return
          if (CHECKED.test(textOf(around, file))) return
          told.add(around)
          const message =
            'This merges recursively by any key: "__proto__" and "constructor" would lead to the prototypes of all objects. Skip those two keys, or ask Object.hasOwn of the target.'
          tell(node, message)
        },
        AssignmentExpression: ({ left, right, start }, { origins, scope }) => {
          if (left.type !== 'MemberExpression' || origins.keyOf(left, scope) !== '__proto__') return
          // Old class helpers write `d.__proto__ = b` where there is no Object.setPrototypeOf.
          if (
            right.type === 'Identifier' &&
            left.object.type === 'Identifier' &&
            scope.find(right.name)?.kind === 'parameter'
          )
            return
          tell(
            { start },
            'This replaces a prototype by "__proto__". Use Object.create or Object.setPrototypeOf.',
          )
        },
      }
    },
  }
}

/** The function that calls itself here. */
function recursion({ callee }: { callee: AnyNode }, { scope, ancestors }: Cursor): AnyNode | null {
  if (callee.type !== 'Identifier') return null
  const binding: Binding | null = scope.find(callee.name)
  const called = binding?.values[0]?.node
  if (called === undefined || !isFunction(called)) return null
  return ancestors.includes(called) ? called : null
}

/** Two of what is given are taken by the same key made at run time: `merge(a[k], b[k])`. */
function isMerge(given: readonly AnyNode[], { origins, scope }: Cursor): boolean {
  const keys = given.map((node) => {
    if (node.type !== 'MemberExpression' || !node.computed || node.property.type !== 'Identifier') return null
    return origins.text(node.property, scope) === null ? node.property.name : null
  })
  return keys.some((key, index) => key !== null && keys.indexOf(key) !== index)
}

/** What comes of it is written back, or it is called only for what it writes: comparing recursively is no harm. */
function isForWriting({ ancestors }: Cursor): boolean {
  const parent = ancestors.at(-1)
  if (parent?.type === 'ExpressionStatement') return true
  return (
    parent?.type === 'AssignmentExpression' && parent.left.type === 'MemberExpression' && parent.left.computed
  )
}

function isFunction(node: AnyNode): node is Extract<AnyNode, FunctionNode> {
  return /Function/.test(node.type)
}

function textOf({ start, end }: AnyNode, { text }: ModuleFile): string {
  return text.slice(start, end)
}
