import type { AnyNode } from 'acorn'
import type { Cursor } from '../cursor.ts'
import type { RuleRun, Tell, Use } from '../rule.ts'

const TIMERS: ReadonlySet<string> = new Set(['setTimeout', 'setInterval', 'setImmediate', 'execScript'])
const ADVICE = 'Plugins run no code made from text: write the function out.'

/** Code that is made from text: by `eval`, by function constructors however they are reached, by timers. */
export function dynamicCode(): RuleRun {
  return {
    module: (_file, tell) => ({
      Use: (use, cursor) => lookAtUse(use, cursor, tell),
      CallExpression: ({ callee, arguments: given, start }, cursor) => {
        // `f.constructor('…')` of what may be a function; `new x.constructor(3)` is common and harmless.
        const member = callee.type === 'ChainExpression' ? callee.expression : callee
        if (member.type !== 'MemberExpression' || member.object.type === 'ThisExpression') return
        if (member.object.type === 'Super' || cursor.origins.of(member, cursor.scope) !== null) return
        const code = given.at(-1)
        if (code === undefined || cursor.origins.keyOf(member, cursor.scope) !== 'constructor') return
        if (!isText(code, cursor)) return
        tell({ start }, `A constructor is called with text, as functions are made from it. ${ADVICE}`)
      },
    }),
  }
}

function lookAtUse({ path, node, parent }: Use, cursor: Cursor, tell: Tell): void {
  const maker = /^(eval|Function)(?:\.(?:call|apply|prototype\.(?:call|apply)))?$/.exec(path)?.[1]
  const isCalled =
    (parent.type === 'CallExpression' || parent.type === 'NewExpression') && parent.callee === node
  if (
    maker !== undefined &&
    (isCalled || (parent.type === 'TaggedTemplateExpression' && parent.tag === node))
  ) {
    if (path.includes('.prototype.')) return
    return tell(parent, `"${maker}" makes code from text. ${ADVICE}`)
  }
  if (path === 'Function' && 'superClass' in parent && parent.superClass === node) {
    return tell(parent, `A class that extends "Function" makes code from text. ${ADVICE}`)
  }
  if (!isCalled) return
  const [first, second] = parent.arguments
  if (first === undefined) return
  const timer = path.replace(/\.call$/, '')
  const run = timer === path ? first : second
  if (TIMERS.has(timer) && run !== undefined && isText(run, cursor)) {
    return tell(parent, `"${timer}" is given text to run. ${ADVICE}`)
  }
  if (path === 'Reflect.construct' || path === 'Reflect.apply') {
    const made = cursor.origins.of(first, cursor.scope)
    if (made === 'Function' || made === 'eval') tell(parent, `"${path}" calls "${made}". ${ADVICE}`)
  }
}

/** A text, or one that is put together. */
function isText(node: AnyNode, cursor: Cursor): boolean {
  if (node.type === 'TemplateLiteral' || (node.type === 'Literal' && typeof node.value === 'string'))
    return true
  if (node.type === 'BinaryExpression' && node.operator === '+') {
    return isText(node.left, cursor) || isText(node.right, cursor)
  }
  return node.type !== 'Literal' && cursor.origins.text(node, cursor.scope) !== null
}
