import type { AnyNode } from 'acorn'
import type { Cursor } from '../cursor.ts'
import type { RuleRun } from '../rule.ts'

const ADVICE = 'All code of the plugin would see it: use an object of your own.'
/** `Object.assign` and the like change what they are given first. */
const CHANGERS =
  /^(?:Object\.(?:assign|defineProperty|defineProperties|setPrototypeOf)|Reflect\.(?:set|defineProperty|setPrototypeOf))$/
const SHARED =
  /^(?:Object|Function|Array|String|Number|Boolean|Promise|RegExp|Date|Map|Set|Error|Symbol)\.prototype$/

/** Writing to the prototypes that all objects share. */
export function prototypePollution(): RuleRun {
  return {
    module: (_file, tell) => ({
      AssignmentExpression: ({ left, start }, cursor) => {
        const target = left.type === 'MemberExpression' ? sharedPrototype(left.object, cursor) : null
        if (target !== null) tell({ start }, `This writes to ${target}. ${ADVICE}`)
      },
      UnaryExpression: ({ operator, argument, start }, cursor) => {
        if (operator !== 'delete' || argument.type !== 'MemberExpression') return
        const target = sharedPrototype(argument.object, cursor)
        if (target !== null) tell({ start }, `This deletes from ${target}. ${ADVICE}`)
      },
      Use: ({ path, node, parent }, cursor) => {
        if (!CHANGERS.test(path) || parent.type !== 'CallExpression' || parent.callee !== node) return
        const [first] = parent.arguments
        const target = first ? sharedPrototype(first, cursor) : null
        if (target !== null) tell(parent, `This changes ${target}. ${ADVICE}`)
      },
    }),
  }
}

/** What of the shared prototypes an expression is, in words; null where it is none. */
function sharedPrototype(node: AnyNode, { origins, scope }: Cursor): string | null {
  const origin = origins.of(node, scope)
  if (origin !== null && SHARED.test(origin)) return `"${origin}"`
  if (node.type !== 'MemberExpression') return null
  const key = origins.keyOf(node, scope)
  if (key === '__proto__') return 'the prototype of another object ("__proto__")'
  if (key !== 'prototype' || node.object.type !== 'MemberExpression') return null
  if (node.object.object.type === 'ThisExpression') return null
  return origins.keyOf(node.object, scope) === 'constructor'
    ? 'the prototype of another object ("constructor.prototype")'
    : null
}
