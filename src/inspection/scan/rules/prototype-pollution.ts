import type { AnyNode } from 'acorn'
import type { Cursor } from '../cursor.ts'
import type { RuleRun, Tell, Visitors } from '../rule.ts'

const ADVICE = 'All code of the plugin would see it: use an object of your own.'
/** `Object.assign` and the like change what they are given first. */
const CHANGERS =
  /^(?:Object\.(?:assign|defineProperty|defineProperties|setPrototypeOf)|Reflect\.(?:set|defineProperty|setPrototypeOf))$/
/** The older ways, methods of every object (ECMA-262, B.2.2). */
const DEFINERS: ReadonlySet<string> = new Set(['__defineGetter__', '__defineSetter__'])
const SHARED =
  /^(?:Object|Function|Array|String|Number|Boolean|Promise|RegExp|Date|Map|Set|Error|Symbol)\.prototype$/

/** Writing to the prototypes that all objects share. */
export function prototypePollution(): RuleRun {
  return { module: (_file, tell) => visitors(tell) }
}

function visitors(tell: Tell): Visitors {
  const written = (pattern: AnyNode, { start }: { start: number }, cursor: Cursor): void => {
    for (const object of writtenObjects(pattern)) {
      const target = sharedPrototype(object, cursor)
      if (target !== null) tell({ start }, `This writes to ${target}. ${ADVICE}`)
    }
  }
  return {
    AssignmentExpression: (node, cursor) => written(node.left, node, cursor),
    UpdateExpression: (node, cursor) => written(node.argument, node, cursor),
    ForInStatement: (node, cursor) => written(node.left, node, cursor),
    ForOfStatement: (node, cursor) => written(node.left, node, cursor),
    CallExpression: ({ callee, start }, cursor) => {
      if (callee.type !== 'MemberExpression') return
      if (!DEFINERS.has(cursor.origins.keyOf(callee, cursor.scope) ?? '')) return
      const target = sharedPrototype(callee.object, cursor)
      if (target !== null) tell({ start }, `This changes ${target}. ${ADVICE}`)
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
  }
}

/** The objects in which an assignment to a pattern writes. */
function writtenObjects(pattern: AnyNode): AnyNode[] {
  switch (pattern.type) {
    case 'MemberExpression':
      return [pattern.object]
    case 'ParenthesizedExpression':
      return writtenObjects(pattern.expression)
    case 'AssignmentPattern':
      return writtenObjects(pattern.left)
    case 'RestElement':
      return writtenObjects(pattern.argument)
    case 'ArrayPattern':
      return pattern.elements.flatMap((element) => (element === null ? [] : writtenObjects(element)))
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) =>
        writtenObjects(property.type === 'RestElement' ? property : property.value),
      )
    default:
      return []
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
