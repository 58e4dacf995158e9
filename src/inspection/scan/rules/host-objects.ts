import { isBuiltin } from 'node:module'
import type { AnyNode } from 'acorn'
import { quote } from '../../../archive/quote.ts'
import type { Cursor } from '../cursor.ts'
import type { RuleRun, Tell, Use } from '../rule.ts'

/** Ways out of a sandbox that were seen, by path; what follows is what they lead to. */
const WAYS_OUT: readonly [RegExp, string][] = [
  [
    /^process\.(?:binding|_linkedBinding|dlopen|mainModule|getBuiltinModule|kill|abort|reallyExit)\b/,
    'internals of Node',
  ],
  [/^module\.(?:constructor|parent|children|_load|_compile)\b/, "Node's module loader"],
  [/^require\.(?:main|cache|extensions)\b/, "Node's module loader"],
  [/^Error\.prepareStackTrace\b/, 'the functions on the stack, the host’s among them'],
  [/^WebAssembly\b(?!$)/, 'memory and code outside of the limits'],
  [/^(?:SharedArrayBuffer|Atomics)\b/, 'memory shared between threads'],
  [
    /^Function\.(?:prototype\.)?caller\b|^arguments\.callee\.caller\b/,
    'the function that called, perhaps the host’s',
  ],
  [/^globalThis\.constructor\b/, 'whatever made the global object'],
  [/^(?:patchbayRaw|patchbayEnter)\b/, 'the bridge to the host'],
]
const ADVICE = 'A plugin has only "ctx" and the language: leave it out.'

/** Attempts at what is not the plugin's: built-in modules, internals of the host, the functions that called. */
export function hostObjects(): RuleRun {
  return {
    module: (_file, tell) => ({
      Use: (use, cursor) => lookAtUse(use, cursor, tell),
      ImportDeclaration: ({ source }) => builtin(source, tell),
      ExportAllDeclaration: ({ source }) => builtin(source, tell),
      ExportNamedDeclaration: ({ source }) => builtin(source ?? null, tell),
      ImportExpression: ({ source }, { origins, scope }) => {
        const module = origins.text(source, scope)
        if (module !== null && isBuiltin(module)) tellBuiltin(module, source, tell)
      },
      MemberExpression: (node, { origins, scope }) => {
        const key = origins.keyOf(node, scope)
        if (key === 'getThis' || key === 'prepareStackTrace') {
          if (origins.of(node.object, scope) !== 'Error') {
            tell(node, `"${key}" leads to the functions on the stack, the host's among them. ${ADVICE}`)
          }
        }
      },
    }),
  }
}

function lookAtUse({ path, node, parent }: Use, { origins, scope }: Cursor, tell: Tell): void {
  if (parent.type === 'CallExpression' && parent.callee === node && path === 'require') {
    const [first] = parent.arguments
    const module = first ? origins.text(first, scope) : null
    if (module !== null && isBuiltin(module)) tellBuiltin(module, parent, tell)
    return
  }
  if (isAsked(node, parent)) return
  const way = WAYS_OUT.find(([pattern]) => pattern.test(path))
  if (way !== undefined) tell(node, `${quote(path)} leads to ${way[1]}. ${ADVICE}`)
}

/** Only whether it is there, or of that kind. */
function isAsked(node: AnyNode, parent: AnyNode): boolean {
  if (parent.type === 'UnaryExpression') return parent.operator === 'typeof'
  return parent.type === 'BinaryExpression' && (parent.operator === 'instanceof' || parent.right !== node)
}

function builtin(source: AnyNode | null, tell: Tell): void {
  if (source?.type !== 'Literal' || typeof source.value !== 'string' || !isBuiltin(source.value)) return
  tellBuiltin(source.value, source, tell)
}

function tellBuiltin(module: string, at: { start: number }, tell: Tell): void {
  const isOfTests = /^(?:node:)?(?:test|assert)(?:\/|$)/.test(module)
  const advice = isOfTests ? 'Leave tests out of the package, by a line in .patchbayignore.' : ADVICE
  tell(at, `${quote(module)} is a module of Node. ${advice}`)
}
